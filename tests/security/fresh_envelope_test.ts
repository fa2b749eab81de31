// P10, model-checked: every sequence of three steps, from four beginnings, against a model of the session in a few lines.
// SMTP_TEST_MODEL_LENGTH=4 checks longer ones.

import { assertEquals } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import { converse, makeService } from "../helpers/service.ts";
import { octets } from "../helpers/split.ts";

const LENGTH = Number(Deno.env.get("SMTP_TEST_MODEL_LENGTH") ?? 3);

const MESSAGE_SIZE = 30;

/** Where the model stands. */
interface Model {
  greeted: boolean;
  sender: string | null;
  recipients: string[];
  refused: number;
  /** What has come in chunks; null: none has. */
  chunks: string | null;
}

/** What a step sends, the codes that must come, and what becomes of the model. */
interface Step {
  readonly said: string;
  readonly codes: readonly number[];
  /** The message that the handler must get, as `sender>recipients`. */
  readonly delivered?: string;
}

type Move = (model: Model, at: number) => Step;

function fresh(model: Model): void {
  model.sender = null;
  model.recipients = [];
  model.refused = 0;
  model.chunks = null;
}

function only(codes: readonly number[], said: string): Move {
  return () => ({ said, codes });
}

function hello(verb: string): Move {
  return (model) => {
    model.greeted = true;
    fresh(model);
    return { said: `${verb} c`, codes: [250] };
  };
}

function mail(local: string, code: number): Move {
  return (model, at) => {
    const sender = `${local}${at}@x`;
    const said = `MAIL FROM:<${sender}>`;
    if (!model.greeted || model.sender !== null) return { said, codes: [503] };
    if (code === 250) model.sender = sender;
    return { said, codes: [code] };
  };
}

function rcpt(local: string, code: number): Move {
  return (model, at) => {
    const recipient = `${local}${at}@x`;
    const said = `RCPT TO:<${recipient}>`;
    if (model.sender === null || model.chunks !== null) return { said, codes: [503] };
    if (code === 250) model.recipients.push(recipient);
    else model.refused++;
    return { said, codes: [code] };
  };
}

function data(content: string, code: number): Move {
  return (model) => {
    if (model.chunks !== null) return { said: "DATA", codes: [503] };
    if (model.recipients.length === 0) return { said: "DATA", codes: [withoutRecipients(model)] };
    const delivered = `${model.sender}>${model.recipients}`;
    fresh(model);
    const seen = content.includes("large") || content.includes("\n") ? undefined : delivered;
    return { said: `DATA\r\n${content}\r\n.`, codes: [354, code], delivered: seen };
  };
}

function withoutRecipients({ sender, refused }: Model): number {
  return sender !== null && refused > 0 ? 554 : 503;
}

/** A chunk that holds a command, and what else is given; its last CRLF is that of the next step's line. */
function bdat(content: string, last: boolean): Move {
  const chunk = `${content}\r\nRSET\r\n`;
  const said = `BDAT ${chunk.length}${last ? " LAST" : ""}\r\n${content}\r\nRSET`;
  return (model) => {
    if (model.recipients.length === 0) return { said, codes: [withoutRecipients(model)] };
    const message = model.chunks = `${model.chunks ?? ""}${chunk}`;
    const refusal = message.length > MESSAGE_SIZE ? 552 : null;
    if (!last) return { said, codes: [refusal ?? 250] };
    const delivered = refusal === null ? `${model.sender}>${model.recipients}` : undefined;
    fresh(model);
    const code = message.startsWith("crash") ? 451 : message.startsWith("reject") ? 554 : 250;
    return { said, codes: [refusal ?? code], delivered };
  };
}

const MOVES: Readonly<Record<string, Move>> = {
  "EHLO": hello("EHLO"),
  "HELO": hello("HELO"),
  "EHLO, bad": only([501], "EHLO"),
  "MAIL": mail("s", 250),
  "MAIL, refused": mail("no", 550),
  "RCPT": rcpt("r", 250),
  "RCPT, refused": rcpt("no", 550),
  "DATA": data("ok", 250),
  "DATA, rejected": data("reject", 554),
  "DATA, crash": data("crash", 451),
  "DATA, too large": data("large".repeat(10), 552),
  "DATA, bare LF": data("a\nb", 550),
  "BDAT": bdat("ok", false),
  "BDAT, too large": bdat("large".repeat(10), false),
  "BDAT LAST": bdat("ok", true),
  "BDAT LAST, rejected": bdat("reject", true),
  "RSET": (model) => {
    fresh(model);
    return { said: "RSET", codes: [250] };
  },
  "NOOP": only([250], "NOOP"),
  "VRFY": only([252], "VRFY x"),
  "STARTTLS": only([502], "STARTTLS"),
  "junk": only([500], "XFOO"),
};

const BEGINNINGS = [
  [],
  ["EHLO"],
  ["EHLO", "MAIL"],
  ["EHLO", "MAIL", "RCPT"],
  ["EHLO", "MAIL", "RCPT", "BDAT"],
];

/** What every sequence ends with: a message, to which nothing of an earlier one may stick. */
const PROBE = ["MAIL", "RCPT", "DATA"];

function* sequences(length: number): Generator<string[]> {
  if (length === 0) return yield [];
  for (const rest of sequences(length - 1)) {
    for (const name in MOVES) yield [...rest, name];
  }
}

function service(received: string[]): ReturnType<typeof makeService> {
  const refuseNo: ServerOptions["onRcptTo"] = (session) =>
    void (session.accept = !session.address.startsWith("no"));
  return makeService({
    limits: { messageSize: MESSAGE_SIZE, badCommands: 1000 },
    onMailFrom: (session) => void (session.accept = !session.address.startsWith("no")),
    onRcptTo: refuseNo,
    onReceive: (session) => {
      received.push(`${session.mailFrom.address}>${session.rcptTo.map(({ address }) => address)}`);
      if (session.msg.startsWith("crash")) throw new Error("crash");
      session.received = !session.msg.startsWith("reject");
    },
  });
}

async function check(
  names: readonly string[],
  shared: ReturnType<typeof makeService>,
  received: string[],
): Promise<void> {
  const model: Model = { greeted: false, sender: null, recipients: [], refused: 0, chunks: null };
  const steps = names.map((name, at) => MOVES[name](model, at));
  received.length = 0;
  const sent = octets([...steps.map(({ said }) => said), "QUIT", ""].join("\r\n"));
  const replies = await converse([sent], shared);
  const codes = replies.split("\r\n").filter((line) => line[3] === " ").map((line) =>
    Number(line.slice(0, 3))
  );
  assertEquals(codes, [220, ...steps.flatMap((step) => step.codes), 221], names.join(", "));
  assertEquals(received, steps.flatMap(({ delivered }) => delivered ?? []), names.join(", "));
}

for (const beginning of BEGINNINGS) {
  const from = beginning.at(-1) ?? "the greeting";
  Deno.test(`every sequence of ${LENGTH} steps from ${from}: one reply each, no envelope outlives its transaction (P10, P4, P11, Z4)`, async () => {
    const received: string[] = [];
    const shared = service(received);
    for (const rest of sequences(LENGTH)) {
      await check([...beginning, ...rest, ...PROBE], shared, received);
    }
    assertEquals(shared.budget.used, 0);
  });
}
