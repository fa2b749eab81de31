import { Buffer } from "node:buffer";
import { assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { Client, type EnvelopeInit } from "../../client/mod.ts";
import { show } from "../../client/checks.ts";
import { type Mail, mailSource } from "../../client/message/mail_source.ts";
import { parseHeader, withoutBlindCopies } from "../../client/message/header.ts";
import { decodeLatin1, encodeUtf8 } from "../../session/wire/bytes.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

const ENVELOPE = { from: "a@x.test", to: "b@x.test" };

async function takeMessage(peer: ScriptPeer): Promise<string> {
  await peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok", "DATA", "354 go");
  const message = await peer.message();
  await peer.say("250 ok\r\n");
  return message;
}

/** Sends, and gives what the server got: null where nothing came. */
async function sent(mail: Mail): Promise<string | null> {
  let message: string | null = null;
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("8BITMIME");
    message = await takeMessage(peer).catch(() => null);
    if (message !== null) await peer.bye();
    peer.close();
  });
  await using client = plainClient(server.port);
  await client.connect();
  await client.sendMail(mail, { envelope: ENVELOPE }).finally(() => client.free());
  await server.done;
  return message;
}

Deno.test("a signal ends the wait for a mail that never comes, and free() does; the connection stays", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.bye();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const never = { bytes: () => new Promise<Uint8Array>(() => {}) };
  const abort = new AbortController();
  const sending = assertSmtpError(
    () => client.sendMail(never, { signal: abort.signal }),
    "aborted",
  );
  abort.abort();
  assertEquals((await sending).outcome, "not sent");
  assertEquals(client.connected, true);
  const again = assertSmtpError(() => client.sendMail(never), "aborted");
  await client.free();
  await again;
});

Deno.test("a mail that is another when it is read again is not sent: its Bcc would be", async () => {
  const texts = [MAIL, `Bcc: eve@example.org\r\n${MAIL}`];
  const changing = new Blob([]);
  changing.stream = () => new Blob([texts.shift() ?? ""]).stream();
  await assertRejects(() => sent(changing), Error, "must not change");
  const shrinking = new Blob([]);
  const shorter = [MAIL, "From"];
  shrinking.stream = () => new Blob([shorter.shift() ?? ""]).stream();
  await assertRejects(() => sent(shrinking), Error, "must not change");
});

Deno.test("a mail of Node's Buffers is sent as it is, though each is used again", async () => {
  const bytes = encodeUtf8(MAIL);
  const buffer = Buffer.alloc(16);
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller): void {
      if (at >= bytes.length) return controller.close();
      const piece = bytes.subarray(at, at + buffer.length);
      buffer.set(piece);
      at += piece.length;
      controller.enqueue(buffer.subarray(0, piece.length));
    },
  }, { highWaterMark: 0 });
  assertEquals(await sent(stream), MAIL);
  assertEquals(await sent(Buffer.from(MAIL)), MAIL);
  assertEquals(await sent({ bytes: () => Buffer.from(MAIL) }), MAIL);
});

Deno.test("mailSource() takes octets that were moved away as none", async () => {
  const moved = encodeUtf8(MAIL);
  structuredClone(moved, { transfer: [moved.buffer as ArrayBuffer] });
  assertEquals(await mailSource(moved).open(), new Uint8Array(0));
});

Deno.test("withoutBlindCopies() finds a Bcc behind a byte order mark", () => {
  const header = encodeUtf8("\ufeffBcc: eve@x.test\r\nTo: b@x.test\r\n\r\n");
  const kept = withoutBlindCopies(header, parseHeader(header));
  assertEquals(decodeLatin1(kept), "To: b@x.test\r\n\r\n");
  assertEquals(parseHeader(encodeUtf8("\ufeff"))[0].name.length, 0);
});

Deno.test("sendMail() refuses an envelope with more than from and to: nobody is left out in silence", async () => {
  const envelope: EnvelopeInit & { cc: string } = { ...ENVELOPE, cc: "c@x.test" };
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.bye();
  });
  await using client = plainClient(server.port);
  await client.connect();
  await assertRejects(() => client.sendMail(MAIL, { envelope }), TypeError, '"cc"');
  await client.free();
  await server.done;
});

Deno.test("an error of the caller's that has no text, or a hostile one, ends a send as any other", async () => {
  for (const thrown of [Object.create(null), new Error("a\r\nb\x1b[2J")]) {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet();
      await takeMessage(peer).catch(() => {});
    });
    await using client = plainClient(server.port);
    await client.connect();
    const onProgress = (): void => {
      throw thrown;
    };
    const error = await assertSmtpError(() => client.sendMail(MAIL, { onProgress }), "aborted");
    assertEquals(error.outcome, "not sent");
    for (const sign of "\r\n\x1b") assertFalse(error.message.includes(sign), error.message);
  }
});

Deno.test("show() escapes what a terminal or a log could act on", () => {
  for (const text of ["\x1b[2J", "\x9b", "\u2028", "\u202e", "\ud800", "a\r\nb"]) {
    assertFalse(show(text).includes(text), show(text));
  }
});

Deno.test("new Client() refuses TLS settings that cannot work, by name", () => {
  assertThrows(
    () => new Client({ tls: { minVersion: "TLSv1.3", maxVersion: "TLSv1.2" } }),
    TypeError,
    '"minVersion" must not be above "maxVersion"',
  );
  for (const ca of [null, 0, {}, () => {}]) {
    assertThrows(() => new Client({ tls: { ca } } as never), TypeError, '"tls.ca"');
  }
});
