/** Our client sends to our server by BDAT, and by LMTP. */

import { assert, assertEquals } from "@std/assert";
import { formatTraceLine, SendError, type SendOptions } from "@infinity/smtp/client";
import type { ServerOptions } from "@infinity/smtp/server";
import { concat, decodeLatin1, encodeUtf8 } from "../../session/wire/bytes.ts";
import { plainClient } from "../helpers/clients.ts";
import { recorder } from "./_server.ts";

const HEAD = "From: ada@x.test\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: binary\r\n\r\n";
const TO = ["b@x.test", "c@x.test", "d@x.test"];
const OPTIONS: SendOptions = { envelope: { from: "ada@x.test", to: TO } };

/** Octets of every kind, which are no lines. */
function noise(size: number): Uint8Array {
  return new Uint8Array(size).map((_, i) => (i * i + i) >> 3 & 255);
}

Deno.test("our server gets by BDAT what our client was given, be it small, large or binary (RFC 3030, #152, #162)", async () => {
  await using server = await recorder();
  const trace: string[] = [];
  await using client = plainClient(server.port, {
    trace: (line) => void trace.push(formatTraceLine(line)),
  });
  await client.connect();
  const text = encodeUtf8(`${HEAD}${".\r\n..ü\r\nQUIT\r\n".repeat(80_000)}`);
  const binary = [
    concat([encodeUtf8(HEAD), noise(300)]),
    concat([encodeUtf8(HEAD), noise(500_000)]),
  ];
  await client.sendMail(text.subarray(0, HEAD.length + 3), OPTIONS);
  await client.sendMail(text, OPTIONS);
  for (const mail of binary) await client.sendMail(mail, { ...OPTIONS, binary: true });
  await client.disconnect();
  const expected = [text.subarray(0, HEAD.length + 3), text, ...binary];
  assertEquals(server.mail.map(({ raw }) => raw.length), expected.map(({ length }) => length));
  for (const [i, { raw }] of server.mail.entries()) {
    assert(decodeLatin1(raw) === decodeLatin1(expected[i]), `message ${i}`);
  }
  assertEquals(trace.filter((line) => line.includes("BDAT") && line.includes("LAST")).length, 4);
  assert(!trace.some((line) => line.includes("DATA")));
  assertEquals(server.faults, []);
});

Deno.test("our server refuses a message that comes in chunks, and the connection goes on (RFC 3030 2, #163)", async () => {
  await using server = await recorder({ limits: { messageSize: 200_000 } });
  await using client = plainClient(server.port);
  await client.connect();
  const mail = HEAD + `${"x".repeat(62)}\r\n`.repeat(16_000);
  const stream = (): ReadableStream<Uint8Array> => new Blob([mail]).stream();
  for (let i = 0; i < 2; i++) {
    const error = await client.sendStream(stream(), OPTIONS).then(() => null, (thrown) => thrown);
    assert(error instanceof SendError, String(error));
    assertEquals([error.reply?.code, error.outcome, client.connected], [552, "not sent", true]);
  }
  await client.sendMail(HEAD, OPTIONS);
  assertEquals(server.mail.length, 1);
  assertEquals(server.faults, []);
});

Deno.test("our LMTP server answers our client for each recipient, by DATA and by BDAT (RFC 2033 4.2, C08, #203)", async () => {
  for (const chunking of [true, false]) {
    const options: ServerOptions = {
      protocol: "lmtp",
      onReceive(session): void {
        session.received = true;
        session.reject(550, "5.7.1 Not for you", 0);
        session.defer("4.2.2 Mailbox full", 2);
      },
    };
    await using server = await recorder(options);
    await using client = plainClient(server.port, { protocol: "lmtp", chunking });
    await client.connect();
    const report = await client.sendMail(HEAD, OPTIONS);
    assertEquals(report.recipients.map(({ outcome }) => outcome), ["not sent", "sent", "not sent"]);
    assertEquals(report.recipients.map(({ reply }) => reply?.code), [550, 250, 451]);
    assertEquals([report.outcome, client.connected], ["sent", true]);
    assertEquals(server.faults, []);
  }
});
