/**
 * The hot paths alone, each beside the least that the runtime can do with the same octets:
 * `deno task bench:micro`. What counts is the ratio to the baseline of the group.
 *
 * @module
 */
import { packCalls, unpackCalls } from "../../session/handler/calls.ts";
import type { SessionFacts } from "../../session/handler/facts.ts";
import type { CallMessage } from "../../session/handler/messages.ts";
import {
  parseCommand,
  parseMailArguments,
  parseRcptArguments,
} from "../../session/wire/command.ts";
import { DotDecoder, DotEncoder } from "../../session/wire/dot_stuffing.ts";
import { LineDecoder } from "../../session/wire/line_decoder.ts";
import { encodeReply, ReplyDecoder } from "../../session/wire/reply.ts";

const LF = 10;
/** What a server reads at once while a message passes, in octets. */
const BLOCK = 65_536;

function ascii(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Lines of text, some of which begin with a dot, up to a size. */
function makeText(dotEvery: number): string {
  let text = "";
  for (let line = 1; text.length < BLOCK; line++) {
    text += `${line % dotEvery === 0 ? "." : "x"}${"lorem ipsum ".repeat(6)}\r\n`;
  }
  return `${text.slice(0, BLOCK - 2)}\r\n`;
}

const mail = ascii("MAIL FROM:<ada.lovelace@mail.example.org> SIZE=2048 BODY=8BITMIME");
const rcpt = ascii("RCPT TO:<charles@example.com>");
const decodeText = new TextDecoder();

Deno.bench("TextDecoder, for comparison", { group: "a MAIL command", baseline: true }, () => {
  decodeText.decode(mail);
});
Deno.bench("parseCommand()", { group: "a MAIL command" }, () => {
  parseCommand(mail);
});
Deno.bench("with parseMailArguments()", { group: "a MAIL command" }, () => {
  parseMailArguments(parseCommand(mail).args);
});
Deno.bench("RCPT, with parseRcptArguments()", { group: "a MAIL command" }, () => {
  parseRcptArguments(parseCommand(rcpt).args);
});

const pipelined = ascii(
  `MAIL FROM:<ada@example.org>\r\n${"RCPT TO:<recipient@example.com>\r\n".repeat(30)}DATA\r\n`,
);

Deno.bench("indexOf(LF)", { group: "32 pipelined lines", baseline: true }, () => {
  for (let at = 0; at < pipelined.length;) at = pipelined.indexOf(LF, at) + 1;
});
Deno.bench("LineDecoder", { group: "32 pipelined lines" }, () => {
  const decoder = new LineDecoder(512);
  decoder.push(pipelined);
  while (decoder.next() !== null);
});

const room = new Uint8Array(2 * BLOCK);
const plain = ascii(makeText(Infinity));
const dotted = ascii(makeText(10));
const stuffed = ascii(makeText(10).replaceAll("\r\n.", "\r\n.."));

/** Takes a block out of its dots as a server does, and copies what it gives. */
function decodeDots(block: Uint8Array): void {
  let at = 0;
  new DotDecoder().decode(block, (piece) => {
    room.set(piece, at);
    at += piece.length;
  });
}

Deno.bench("a copy", { group: "DotDecoder, 64 KiB", baseline: true }, () => {
  room.set(plain);
});
Deno.bench("no line begins with a dot", { group: "DotDecoder, 64 KiB" }, () => {
  decodeDots(plain);
});
Deno.bench("every tenth line does", { group: "DotDecoder, 64 KiB" }, () => {
  decodeDots(stuffed);
});

Deno.bench("a copy", { group: "DotEncoder, 64 KiB", baseline: true }, () => {
  room.set(plain);
});
for (const [name, block] of [["no line", plain], ["every tenth line", dotted]] as const) {
  Deno.bench(`${name} begins with a dot`, { group: "DotEncoder, 64 KiB" }, () => {
    const encoder = new DotEncoder();
    encoder.encode(block);
    encoder.finish();
  });
}

const reply = { code: 250, enhanced: "2.1.5", lines: ["Recipient accepted"] };
const replyText = "250 2.1.5 Recipient accepted\r\n";
const hello = ascii(
  "250-mail.example.org\r\n250-PIPELINING\r\n250-SIZE 26214400\r\n250-8BITMIME\r\n" +
    "250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n",
);

/** Reads the one reply in some octets. */
function decodeReply(bytes: Uint8Array): void {
  const decoder = new ReplyDecoder();
  decoder.push(bytes);
  decoder.next();
}

const replyBytes = ascii(replyText);
Deno.bench("TextEncoder, for comparison", { group: "a reply", baseline: true }, () => {
  ascii(replyText);
});
Deno.bench("encodeReply()", { group: "a reply" }, () => {
  encodeReply(reply);
});
Deno.bench("ReplyDecoder, one line", { group: "a reply" }, () => {
  decodeReply(replyBytes);
});
Deno.bench("ReplyDecoder, the six of EHLO", { group: "a reply" }, () => {
  decodeReply(hello);
});

const facts: SessionFacts = {
  id: 1,
  ip: "127.0.0.1",
  port: 50_000,
  secure: false,
  tls: null,
  via: null,
  hello: "client.example.com",
  protocol: "ESMTP",
  mechanism: null,
  username: null,
  password: null,
  token: null,
  authzid: null,
  address: "recipient@example.com",
  params: {},
  mailFrom: { address: "sender@example.com", params: { SIZE: "2048" } },
  rcptTo: [],
  state: {},
  body: null,
};
const received: SessionFacts = {
  ...facts,
  address: null,
  rcptTo: [{ address: "recipient@example.com", params: {} }],
  body: [plain.subarray(0, 2048)],
};
/** What comes up while a worker is at its last batch: 24 recipients and 8 messages of 2 KiB. */
const calls: CallMessage[] = Array.from(
  { length: 32 },
  (_, at) => at % 4 === 3 ? [at + 1, "onReceive", received] : [at + 1, "onRcptTo", facts],
);
const small: CallMessage[] = calls.map(([id, event]) => [id, event, facts]);

Deno.bench("structuredClone()", { group: "32 calls to a worker", baseline: true }, () => {
  structuredClone(small);
});
Deno.bench("packCalls()", { group: "32 calls to a worker" }, () => {
  packCalls(small, []);
});
Deno.bench("and unpackCalls()", { group: "32 calls to a worker" }, () => {
  unpackCalls(packCalls(small, []));
});
Deno.bench("and 8 of them with 2 KiB", { group: "32 calls to a worker" }, () => {
  unpackCalls(packCalls(calls, []));
});
