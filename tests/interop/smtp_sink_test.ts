/** Our client sends to Postfix's smtp-sink, which speaks no TLS and takes any password. */

import { assertEquals, assertRejects } from "@std/assert";
import { AuthMode, type ClientOptions, EncryptMode, SendError } from "@infinity/smtp/client";
import { findProgram, type Folder, programTest, temporaryFolder } from "../helpers/programs.ts";
import { listenOnFreePort } from "../helpers/running_program.ts";
import { deliver, localClient, TO_BOB } from "./_client.ts";
import {
  assertSameOctets,
  EIGHT_BIT,
  large,
  octets,
  PLAIN,
  SAMPLES,
  withLineFeeds,
} from "./_messages.ts";
import { PASSWORD, USER } from "./_server.ts";

const sink = findProgram("smtp-sink");
const NO_TLS: ClientOptions = { encryptMode: EncryptMode.none };

interface Sink extends AsyncDisposable {
  port: number;
  folder: Folder;
}

async function smtpSink(...args: string[]): Promise<Sink> {
  const folder = await temporaryFolder();
  // It does not run as root.
  const user = Deno.uid() === 0 ? ["-u", "nobody"] : [];
  const listening = await listenOnFreePort(sink, (port) => [
    ...user,
    ...["-d", `${folder.path}/dump.`, ...args, `127.0.0.1:${port}`, "10"],
  ]);
  return {
    port: listening.port,
    folder,
    async [Symbol.asyncDispose](): Promise<void> {
      await listening[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** One dumped message: lines that smtp-sink has added, of which those of the envelope are told apart, and the octets. */
interface Dump {
  notes: string[];
  bytes: Uint8Array;
}

async function dumps({ folder }: Sink): Promise<Dump[]> {
  const found: Dump[] = [];
  for await (const entry of Deno.readDir(folder.path)) {
    found.push(parseDump(await Deno.readFile(`${folder.path}/${entry.name}`)));
  }
  return found;
}

/** Its own header ends with the third line of `Received:`, and it ends the file with an empty line. */
function parseDump(bytes: Uint8Array): Dump {
  const text = new TextDecoder("latin1").decode(bytes);
  let at = text.indexOf("\nReceived: ") + 1;
  const notes = text.slice(0, at).split("\n").filter((line) => line.startsWith("X-"));
  for (let line = 0; line < 3; line++) at = text.indexOf("\n", at) + 1;
  assertEquals(text.slice(-2), "\n\n");
  return { notes, bytes: bytes.subarray(at, -1) };
}

/** What smtp-sink leaves out; the client does without. */
const LACKING: ReadonlyArray<[string, string[]]> = [
  ["nothing", []],
  ["pipelining", ["-p"]],
  ["enhanced status codes", ["-E"]],
  ["ESMTP", ["-e"]],
];

for (const [what, args] of LACKING) {
  for (const sample of SAMPLES) {
    if (what === "ESMTP" && sample === EIGHT_BIT) continue;
    programTest(
      `the client sends to smtp-sink that lacks ${what}: ${sample.name}`,
      [sink],
      async () => {
        await using server = await smtpSink(...args);
        const report = await deliver(server.port, NO_TLS, sample.bytes);
        assertEquals([report.outcome, report.accepted.length], ["sent", 1]);
        const [dump] = await dumps(server);
        assertEquals(dump.notes.filter((line) => line.startsWith("X-Rcpt-Args: ")), [
          "X-Rcpt-Args: <bob@example.org>",
        ]);
        const body = sample === EIGHT_BIT ? " BODY=8BITMIME" : "";
        assertEquals(dump.notes.filter((line) => line.startsWith("X-Mail-Args: ")), [
          `X-Mail-Args: <ada@example.org>${body}`,
        ]);
        // The file has LF where CRLF came.
        assertSameOctets(dump.bytes, withLineFeeds(sample.bytes));
      },
    );
  }
}

for (const [what, ...args] of [["8BITMIME", "-8"], ["ESMTP", "-e"]]) {
  programTest(
    `the client does not send 8-bit octets to smtp-sink that lacks ${what}`,
    [sink],
    async () => {
      await using server = await smtpSink(...args);
      const send = (): Promise<unknown> => deliver(server.port, NO_TLS, EIGHT_BIT.bytes);
      const error = await assertRejects(send, SendError, "8BITMIME");
      assertEquals([error.kind, error.outcome], ["unsupported", "not sent"]);
      assertEquals(await dumps(server), []);
    },
  );
}

programTest(
  "the client encodes 8-bit MIME text for smtp-sink that lacks 8BITMIME (RFC 6152 3, #168)",
  [sink],
  async () => {
    await using server = await smtpSink("-8");
    const header =
      "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: ";
    await deliver(server.port, NO_TLS, octets(`${header}8bit\r\n\r\ngrüße = x\r\n`));
    const [dump] = await dumps(server);
    const encoded = `${header}quoted-printable\r\n\r\ngr=FC=DFe =3D x\r\n`;
    assertSameOctets(dump.bytes, withLineFeeds(octets(encoded)));
  },
);

programTest(
  "the client gets a reply for each recipient from smtp-sink by LMTP (RFC 2033 4.2, C08, #202)",
  [sink],
  async () => {
    await using server = await smtpSink("-L");
    const envelope = { from: "ada@example.org", to: ["bob@example.org", "cb@example.org"] };
    const report = await deliver(server.port, { ...NO_TLS, protocol: "lmtp" }, PLAIN.bytes, {
      envelope,
    });
    assertEquals(report.accepted.map(({ address }) => address), envelope.to);
    assertSameOctets((await dumps(server))[0].bytes, withLineFeeds(PLAIN.bytes));
  },
);

programTest("the client sends 10 MiB to smtp-sink", [sink], async () => {
  await using server = await smtpSink();
  const { bytes } = large();
  const report = await deliver(server.port, NO_TLS, bytes);
  assertEquals(report.size, bytes.length);
  assertSameOctets((await dumps(server))[0].bytes, withLineFeeds(bytes));
});

programTest("the client sends to 100 recipients at smtp-sink", [sink], async () => {
  await using server = await smtpSink();
  const to = Array.from({ length: 100 }, (_, i) => `user${i}@example.org`);
  await deliver(server.port, NO_TLS, PLAIN.bytes, { envelope: { from: "ada@example.org", to } });
  const [{ notes }] = await dumps(server);
  const recipients = notes.filter((line) => line.startsWith("X-Rcpt-Args: "));
  assertEquals(recipients, to.map((address) => `X-Rcpt-Args: <${address}>`));
});

for (const authMode of [AuthMode.default, AuthMode.sasl]) {
  programTest(`the client logs in to smtp-sink, authMode ${authMode}`, [sink], async () => {
    await using server = await smtpSink();
    const options = { ...NO_TLS, username: USER, password: PASSWORD, authMode };
    assertEquals((await deliver(server.port, options, PLAIN.bytes)).outcome, "sent");
  });
}

programTest(
  "the client takes the envelope from the header, and Bcc off, for smtp-sink",
  [sink],
  async () => {
    await using server = await smtpSink();
    const header =
      'From: Ada <ada@example.org>\r\nTo: bob@example.org,\r\n "C. Babbage" <cb@example.org>\r\n';
    const rest = "Subject: x\r\n\r\nbody\r\n";
    const bytes = octets(`${header}Bcc: secret@example.org\r\n${rest}`);
    await deliver(server.port, NO_TLS, bytes, {});
    const [{ notes, bytes: received }] = await dumps(server);
    assertEquals(notes.filter((line) => line.startsWith("X-Rcpt-Args: ")), [
      "X-Rcpt-Args: <bob@example.org>",
      "X-Rcpt-Args: <cb@example.org>",
      "X-Rcpt-Args: <secret@example.org>",
    ]);
    assertSameOctets(received, withLineFeeds(octets(header + rest)));
  },
);

/** What smtp-sink does, and the error that must come of it: its kind, outcome and whether it may pass. */
const FAILURES: ReadonlyArray<[string, string[], unknown[]]> = [
  ["refuses the sender", ["-f", "MAIL"], ["reply", "not sent", false]],
  ["refuses the sender for now", ["-r", "MAIL"], ["reply", "not sent", true]],
  ["refuses the recipient", ["-f", "RCPT"], ["reply", "not sent", false]],
  ["refuses the recipient for now", ["-r", "RCPT"], ["reply", "not sent", true]],
  ["refuses the data", ["-f", "DATA"], ["reply", "not sent", false]],
  ["refuses the message", ["-f", "."], ["reply", "not sent", false]],
  ["refuses the message for now", ["-r", "."], ["reply", "not sent", true]],
  ["leaves with 421 at the data", ["-Q", "DATA"], ["reply", "not sent", true]],
  ["leaves at the sender", ["-q", "MAIL"], ["connection", "not sent", true]],
  ["leaves at the data", ["-q", "DATA"], ["connection", "not sent", true]],
  ["leaves after the message", ["-q", "."], ["connection", "unknown", true]],
];

for (const [what, args, expected] of FAILURES) {
  programTest(`the client says what came of it when smtp-sink ${what}`, [sink], async () => {
    await using server = await smtpSink(...args);
    await using client = await localClient(server.port, NO_TLS);
    await client.connect();
    const error = await assertRejects(() => client.sendMail(PLAIN.bytes, TO_BOB), SendError);
    assertEquals([error.kind, error.outcome, error.temporary], expected, error.message);
  });
}
