import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ContentMeter } from "../../client/message/content_meter.ts";
import {
  bytesReader,
  fileSource,
  type Mail,
  mailSource,
  streamSource,
} from "../../client/message/mail_source.ts";
import { type Message, prepareMessage, type PrepareOptions } from "../../client/message/message.ts";
import { SmtpError } from "../../session/errors.ts";
import { concat, decodeLatin1, encodeUtf8 } from "../../session/wire/bytes.ts";
import { DotEncoder } from "../../session/wire/dot_stuffing.ts";

const HEADER = "From: a@x.test\r\nTo: b@x.test\r\n";
const MAIL = `${HEADER}Bcc: c@x.test\r\nSubject: s\r\n\r\nbody\r\n`;
const SENT = `${HEADER}Subject: s\r\n\r\nbody\r\n`;
const OPTIONS: PrepareOptions = {
  envelope: null,
  binary: false,
  headerLimit: 1000,
  signal: undefined,
};

async function textOf(message: Message): Promise<string> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = await message.reader.next();
    if (piece === null) break;
    pieces.push(piece.slice());
  }
  message.reader.close();
  return decodeLatin1(concat(pieces));
}

function streamOf(text: string, size = Infinity): ReadableStream<Uint8Array> {
  const bytes = encodeUtf8(text);
  let at = 0;
  return new ReadableStream({
    pull(controller): void {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += Math.min(size, bytes.length - at);
    },
  });
}

Deno.test("prepareMessage() reads each kind of mail, and leaves Bcc out", async () => {
  const bytes = encodeUtf8(MAIL);
  const kinds: [string, Mail][] = [
    ["string", MAIL],
    ["bytes", bytes],
    ["stream", streamOf(MAIL)],
    ["Blob", new Blob([MAIL])],
    ["Response", new Response(MAIL)],
    ["stream()", { stream: () => streamOf(MAIL) }],
    ["bytes()", { bytes: () => bytes }],
    ["bytes() later", { bytes: () => Promise.resolve(bytes) }],
    ["readable", { readable: streamOf(MAIL) }],
    ["raw bytes", { raw: bytes }],
    ["raw text", { raw: MAIL }],
  ];
  for (const [name, mail] of kinds) {
    const message = await prepareMessage(mailSource(mail), OPTIONS);
    assertEquals(message.envelope.to.map(({ text }) => text), ["b@x.test", "c@x.test"], name);
    assertEquals(await textOf(message), SENT, name);
  }
});

Deno.test("prepareMessage() knows size and 8-bit octets of what can be read twice, and not of a stream", async () => {
  const known = await prepareMessage(mailSource(MAIL), OPTIONS);
  assertEquals([known.size, known.eightBit], [SENT.length, false]);
  const eightBit = await prepareMessage(mailSource(`${MAIL}ü`), OPTIONS);
  assertEquals([eightBit.size, eightBit.eightBit], [SENT.length + 4, true]);
  const stream = await prepareMessage(mailSource(streamOf(MAIL)), OPTIONS);
  assertEquals([stream.size, stream.eightBit], [null, null]);
  stream.reader.close();
});

Deno.test("prepareMessage() knows that a stream is ASCII where all of it was read", async () => {
  const message = await prepareMessage(mailSource(streamOf(HEADER)), OPTIONS);
  assertEquals([message.size, message.eightBit], [null, false]);
});

Deno.test("prepareMessage() gives the same wherever a stream is cut (P12)", async () => {
  for (const size of [1, 2, 3, 7, 16, 31]) {
    const message = await prepareMessage(mailSource(streamOf(MAIL, size)), OPTIONS);
    assertEquals(await textOf(message), SENT, `${size}`);
  }
});

Deno.test("prepareMessage() reads a file, whose header may be longer than a block", async () => {
  const path = await Deno.makeTempFile();
  try {
    const filler = `X: ${"y".repeat(100_000)}\r\n`;
    const body = "line\n".repeat(50_000);
    await Deno.writeTextFile(path, `${filler}Bcc: c@x.test\r\n${HEADER}\r\n${body}`);
    const message = await prepareMessage(fileSource(path), { ...OPTIONS, headerLimit: 200_000 });
    const expected = `${filler}${HEADER}\r\n${body}`;
    assertEquals(message.size, expected.length + 50_000);
    assertEquals(await textOf(message), expected);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("prepareMessage() hands on what is in memory: no copy, no wait, a block at a time", async () => {
  const bytes = encodeUtf8(`${HEADER}\r\n${"x".repeat(100_000)}\r\n`);
  const { reader, size } = await prepareMessage(mailSource(bytes), OPTIONS);
  assertEquals(size, bytes.length);
  let length = 0;
  for (let count = 0; count < 2; count++) {
    const piece = reader.next();
    assert(piece instanceof Uint8Array && piece.buffer === bytes.buffer);
    length += piece.length;
  }
  assertEquals(length, bytes.length);
  assertEquals(reader.next(), null);
});

Deno.test("fileSource() reads a file of one block at once, and a longer one piece by piece", async () => {
  const path = await Deno.makeTempFile();
  try {
    for (const [length, whole] of [[0, true], [65_536, true], [65_537, false]] as const) {
      await Deno.writeFile(path, new Uint8Array(length));
      const opened = await fileSource(path).open();
      assertEquals(opened instanceof Uint8Array, whole, `${length}`);
      if (!(opened instanceof Uint8Array)) opened.close();
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("prepareMessage() goes on where a file fits into memory when it is read again", async () => {
  const opened = [bytesReader(encodeUtf8(`${MAIL}more\r\n`)), encodeUtf8(MAIL)];
  const source = { repeatable: true, open: () => opened.shift() ?? bytesReader(encodeUtf8("")) };
  const message = await prepareMessage(source, OPTIONS);
  assertEquals(message.size, SENT.length + 6);
  assertEquals(await textOf(message), SENT);
});

Deno.test("prepareMessage() takes the given envelope, and leaves Bcc out all the same", async () => {
  const envelope = { from: null, to: [] };
  const message = await prepareMessage(mailSource(MAIL), { ...OPTIONS, envelope });
  assertEquals(message.envelope, envelope);
  assertEquals(await textOf(message), SENT);
  const bare = await prepareMessage(mailSource("no header at all"), { ...OPTIONS, envelope });
  assertEquals(await textOf(bare), "no header at all");
});

Deno.test("prepareMessage() refuses a header past its limit, and lets go of the stream", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(encodeUtf8("X: y\r\n")),
    cancel: () => void (cancelled = true),
  });
  await assertRejects(
    () => prepareMessage(mailSource(endless), OPTIONS),
    RangeError,
    "1000 octets",
  );
  assert(cancelled);
  await assertRejects(
    () => prepareMessage(mailSource(`${"X: y\r\n".repeat(200)}\r\n`), OPTIONS),
    RangeError,
  );
});

Deno.test("prepareMessage() ends when the signal fires while a stream gives nothing", async () => {
  const abort = new AbortController();
  let cancelled = false;
  const silent = new ReadableStream<Uint8Array>({
    pull: () => abort.abort(new Error("enough")),
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  const error = await assertRejects(
    () => prepareMessage(mailSource(silent), { ...OPTIONS, signal: abort.signal }),
    SmtpError,
  );
  assertEquals([error.kind, error.outcome], ["aborted", "not sent"]);
  assert(cancelled);
});

Deno.test("mailSource() says what it accepts where a mail is something else", () => {
  const structured = { to: "b@x.test", subject: "s", text: "t" } as unknown as Mail;
  const error = assertThrows(() => mailSource(structured), TypeError);
  assertStringIncludes(error.message, "a whole message (RFC 5322)");
  assertStringIncludes(error.message, 'an object with "to", "subject", "text"');
  for (
    const mail of [null, undefined, 1, true, [], {
      toString: (): string => MAIL,
    }, new Date(0)]
  ) {
    assertThrows(() => mailSource(mail as unknown as Mail), TypeError, "must be a whole message");
  }
  assertThrows(() => mailSource("\ud800"), TypeError, "well-formed");
});

Deno.test("streamSource() refuses what is no stream, or is locked", () => {
  assertThrows(() => streamSource("x" as unknown as ReadableStream), TypeError, "ReadableStream");
  const stream = streamOf("");
  stream.getReader();
  assertThrows(() => streamSource(stream), TypeError, "locked");
});

Deno.test("prepareMessage() refuses a stream of strings and bytes() of something else", async () => {
  const strings = new ReadableStream({ start: (controller) => controller.enqueue("text") });
  const source = mailSource(strings as ReadableStream<Uint8Array>);
  await assertRejects(() => prepareMessage(source, OPTIONS), TypeError, "must yield Uint8Arrays");
  const wrong = mailSource({ bytes: () => "text" as unknown as Uint8Array });
  await assertRejects(() => prepareMessage(wrong, OPTIONS), TypeError, '"bytes()" must yield');
});

Deno.test("ContentMeter counts what DotEncoder writes, without stuffed dots, however it is cut (#113)", () => {
  const texts = [
    "",
    "a",
    "a\r\n",
    "a\n",
    "a\r",
    "\r\r\n\n",
    "a\rb\nc\r\nd",
    "\n\r",
    "ü\r\n",
    "\r\n\r",
  ];
  for (const text of texts) {
    const bytes = encodeUtf8(text);
    const encoder = new DotEncoder();
    const whole = concat([encoder.encode(bytes), encoder.finish()]);
    for (const size of [1, 2, 3, Infinity]) {
      const meter = new ContentMeter();
      for (let at = 0; at < bytes.length; at += size) meter.push(bytes.subarray(at, at + size));
      meter.finish();
      assertEquals(meter.size, whole.length - 3, JSON.stringify(text));
      assertEquals(meter.eightBit, text.includes("ü"));
    }
  }
});

Deno.test("ContentMeter counts line ends wherever the parts that are scanned meet, and no dots (#113)", () => {
  for (const end of ["\r\n", "\r", "\n", "\r\r\n", "\n\r"]) {
    for (let length = 65_532; length <= 65_537; length++) {
      const text = `.\r\n.${"x".repeat(length - 4)}${end}.\r\n..b\r\n`;
      const normal = text.replaceAll(/\r\n|\r|\n/g, "\r\n");
      const meter = new ContentMeter();
      meter.push(encodeUtf8(text));
      meter.finish();
      assertEquals(meter.size, normal.length, JSON.stringify([end, length]));
      assertFalse(meter.eightBit);
    }
  }
});
