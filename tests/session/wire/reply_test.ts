import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  encodeReply,
  formatReplyText,
  type Reply,
  ReplyDecoder,
  type ReplyLimits,
} from "../../../session/wire/reply.ts";
import { everySplit, octets, Random, text, utf8 } from "../../helpers/split.ts";

function reply(code: number, enhanced: string | null, ...lines: string[]): Reply {
  return { code, enhanced, lines };
}

function encode(code: number, enhanced: string | null, ...lines: string[]): string {
  return text(encodeReply(reply(code, enhanced, ...lines)));
}

/** The replies, then what went wrong, if anything. */
function read(chunks: readonly Uint8Array[], limits: ReplyLimits = {}): unknown[] {
  const decoder = new ReplyDecoder(limits);
  const events: unknown[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    try {
      for (let next = decoder.next(); next !== null; next = decoder.next()) events.push(next);
    } catch (error) {
      assert(error instanceof SyntaxError);
      return [...events, error.message];
    }
    chunk.fill(0x21);
  }
  if (decoder.pending) events.push("pending");
  return events;
}

function readEverySplit(input: string, limits: ReplyLimits = {}): unknown[] {
  return everySplit(octets(input), (chunks) => read(chunks, limits), { threeWay: 32 });
}

Deno.test("encodeReply() writes code, enhanced status code and text (RFC 5321 4.2, #188)", () => {
  assertEquals(encode(250, "2.1.0", "ok"), "250 2.1.0 ok\r\n");
  assertEquals(encode(220, null, "mx.example ESMTP"), "220 mx.example ESMTP\r\n");
});

Deno.test("encodeReply() writes both codes on every line (RFC 5321 4.2.1, RFC 2034 4, #32, #189)", () => {
  assertEquals(
    encode(250, "2.1.0", "a", "b", "c"),
    "250-2.1.0 a\r\n250-2.1.0 b\r\n250 2.1.0 c\r\n",
  );
});

Deno.test("encodeReply() writes an empty challenge with its space (RFC 4954 4, #133)", () => {
  assertEquals(encode(334, null, ""), "334 \r\n");
  assertEquals(encode(334, null), "334 \r\n");
  assertEquals(encode(250, "2.0.0", ""), "250 2.0.0\r\n");
  assertEquals(encode(250, null, "", ""), "250-\r\n250 \r\n");
});

Deno.test("encodeReply() lets no text become a line of its own (P11)", () => {
  assertEquals(
    encode(550, "5.7.1", "no\r\n250 2.0.0 yes\0\x1b\x7f"),
    "550 5.7.1 no\\x0d\\x0a250 2.0.0 yes\\x00\\x1b\\x7f\r\n",
  );
});

Deno.test("encodeReply() writes ASCII only (RFC 6531 3.7.4, #175)", () => {
  assertEquals(
    encode(550, null, "é\u{1f4e7}\u2028\ud800"),
    "550 \\u{e9}\\u{1f4e7}\\u{2028}\\u{d800}\r\n",
  );
});

Deno.test("encodeReply() keeps visible UTF-8 where it may, in lines of 512 octets (RFC 6531 3.7.4.2, #175, #176)", () => {
  const said = (...lines: string[]): string =>
    new TextDecoder().decode(encodeReply({ code: 250, enhanced: "2.1.5", lines }, true));
  assertEquals(
    said("José\r\n\u2028", "\ud800x"),
    "250-2.1.5 José\\x0d\\x0a\\u{2028}\r\n250 2.1.5 \\u{d800}x\r\n",
  );
  for (const character of ["é", "甲", "\u{1f600}"]) {
    const { length } = encodeReply(
      { code: 250, enhanced: "2.1.5", lines: [character.repeat(512)] },
      true,
    );
    assert(length <= 512 && length > 300, `${character} ${length}`);
  }
});

Deno.test("encodeReply() cuts a line to 512 octets, and an escape not in two (RFC 5321 4.5.3.1.5)", () => {
  assertEquals(encode(250, "2.0.0", "x".repeat(2000)).length, 512);
  assertEquals(encode(250, null, "x".repeat(506)).length, 512);
  const cut = encode(250, null, `${"x".repeat(504)}\r\n`);
  assertEquals(cut, `250 ${"x".repeat(504)}\r\n`);
});

Deno.test("encodeReply() does not cut a challenge (RFC 4954 4, #137)", () => {
  assertEquals(encode(334, null, "A".repeat(4000)).length, 4006);
});

for (const code of [0, 99, 199, 600, 250.5, NaN, -250, 2500]) {
  Deno.test(`encodeReply() refuses the code ${code} (#31)`, () => {
    assertThrows(() => encode(code, null, ""), TypeError);
  });
}

for (const enhanced of ["5.1.0", "4.1.0", "2.1", "2.1.0 ", "2.01.0", "", "2.1.0\r\n"]) {
  Deno.test(`encodeReply() refuses ${JSON.stringify(enhanced)} with 250 (RFC 2034 4, #189)`, () => {
    assertThrows(() => encode(250, enhanced, ""), TypeError);
  });
}

Deno.test("encodeReply() refuses an enhanced status code with 354 (RFC 2034 4, #188)", () => {
  assertThrows(() => encode(354, "2.0.0", ""), TypeError);
});

const READ: readonly [wire: string, replies: Reply[]][] = [
  ["250 ok\r\n", [reply(250, null, "ok")]],
  ["250\r\n", [reply(250, null, "")]],
  ["250 \r\n", [reply(250, null, "")]],
  ["250-\r\n250\r\n", [reply(250, null, "", "")]],
  ["250-a\r\n250-\r\n250 b\r\n", [reply(250, null, "a", "", "b")]],
  ["250 2.1.0 ok\r\n", [reply(250, "2.1.0", "ok")]],
  ["250 2.1.0\r\n", [reply(250, "2.1.0", "")]],
  ["250-2.1.0 a\r\n250 2.1.0 b\r\n", [reply(250, "2.1.0", "a", "b")]],
  ["250-2.1.0 a\r\n250 2.1.5 b\r\n", [reply(250, "2.1.0", "a", "2.1.5 b")]],
  ["250-a\r\n250 2.1.0 b\r\n", [reply(250, "2.1.0", "a", "b")]],
  ["250 5.1.0 no\r\n", [reply(250, null, "5.1.0 no")]],
  ["550 2.1.0 no\r\n", [reply(550, null, "2.1.0 no")]],
  ["250 2.1.0no\r\n", [reply(250, null, "2.1.0no")]],
  ["334 5.1.1 no\r\n", [reply(334, null, "5.1.1 no")]],
  ["259 a\r\n471 b\r\n599 c\r\n", [
    reply(259, null, "a"),
    reply(471, null, "b"),
    reply(599, null, "c"),
  ]],
  ["220 a\n250-b\n250 c\r\n", [reply(220, null, "a"), reply(250, null, "b", "c")]],
  ["\r\n220 hi\r\n", [reply(220, null, "hi")]],
  ["250 a\r\n\r\n250 b\r\n", [reply(250, null, "a"), reply(250, null, "b")]],
  ["250 caf\xc3\xa9\r\n", [reply(250, null, "café")]],
  ["250 caf\xe9\r\n", [reply(250, null, "café")]],
  ["250 \x1b[31m\0\r\n", [reply(250, null, "\x1b[31m\0")]],
  ["250-250 a\r\n250 250-b\r\n", [reply(250, null, "250 a", "250-b")]],
];

for (const [wire, replies] of READ) {
  Deno.test(`ReplyDecoder reads ${JSON.stringify(wire)} at every split (#81, #82, #192, C04, C05)`, () => {
    assertEquals(readEverySplit(wire), replies);
  });
}

for (
  const wire of [
    "099 a\r\n",
    "199 a\r\n",
    "600 a\r\n",
    "100 a\r\n",
    "2500 a\r\n",
    "25\r\n",
    "25 a\r\n",
    "abc\r\n",
    " 250 a\r\n",
    "250_ok\r\n",
    "250\tok\r\n",
    "250OK\r\n",
    "-250 x\r\n",
    "+25 x\r\n",
    "2.5 x\r\n",
    "0x2 x\r\n",
    "\xb2\xb5\xb0 x\r\n",
    "250-a\r\n550 b\r\n",
    "250-a\r\n251 b\r\n",
    "250-a\r\n\r\n",
    "250-a\r\nb\r\n",
    "250 a\rb\r\n",
    "250 a\r\r\n",
    "HTTP/1.1 400 Bad Request\r\n",
    "\0\r\n",
  ]
) {
  Deno.test(`ReplyDecoder throws on ${JSON.stringify(wire)} at every split (#83, A13)`, () => {
    const events = readEverySplit(wire);
    assertEquals(events.length, 1);
    assert(typeof events[0] === "string" && events[0].startsWith("Cannot read the reply: "));
  });
}

Deno.test("ReplyDecoder never takes CR alone for a line end (A13)", () => {
  assertEquals(readEverySplit("250 a\r250 b\r"), ["pending"]);
});

Deno.test("ReplyDecoder keeps a reply whose last line has not come (C04)", () => {
  assertEquals(readEverySplit("250-a\r\n250-b\r\n"), ["pending"]);
  assertEquals(readEverySplit("250 a\r\n25"), [reply(250, null, "a"), "pending"]);
});

Deno.test("ReplyDecoder throws the same ever after", () => {
  const decoder = new ReplyDecoder();
  decoder.push(octets("bad\r\n250 ok\r\n"));
  const first = assertThrows(() => decoder.next(), SyntaxError);
  decoder.push(octets("250 ok\r\n"));
  assert(assertThrows(() => decoder.next(), SyntaxError) === first);
});

Deno.test("ReplyDecoder quotes what it refuses, escaped and cut short (A13)", () => {
  const [message] = read([octets(`\x1b[31m${"x".repeat(3000)}\r\n`)]);
  assert(typeof message === "string" && message.includes("\\x1b[31m") && message.length < 600);
});

Deno.test("ReplyDecoder takes a line of its limit, and none above (C13, A13)", () => {
  assertEquals(read([octets(`250 ${"x".repeat(4090)}\r\n`)]).length, 1);
  const fits = reply(250, null, "x".repeat(14));
  assertEquals(readEverySplit(`250 ${"x".repeat(14)}\r\n`, { line: 20 }), [fits]);
  const tooLong = ["Cannot read the reply: a line is too long"];
  assertEquals(readEverySplit(`250 ${"x".repeat(15)}\r\n`, { line: 20 }), tooLong);
  assertEquals(readEverySplit("x".repeat(60), { line: 20 }), tooLong);
});

Deno.test("ReplyDecoder takes a reply of its limits, and none above (C13, A13)", () => {
  const line = "250-abc\r\n";
  const limits = { reply: 5 * line.length, lines: 100 };
  assertEquals(readEverySplit(`${line.repeat(4)}250 abc\r\n`, limits).length, 1);
  assertEquals(readEverySplit(`${line.repeat(5)}250 \r\n`, limits), [
    "Cannot read the reply: the reply is too long",
  ]);
  assertEquals(readEverySplit(`${line.repeat(4)}250 abc\r\n`, { lines: 4 }), [
    "Cannot read the reply: the reply has too many lines",
  ]);
});

Deno.test("ReplyDecoder counts the limits anew for each reply", () => {
  const limits = { reply: 27, lines: 3 };
  assertEquals(readEverySplit("250-abc\r\n250-abc\r\n250 abc\r\n".repeat(3), limits).length, 3);
});

Deno.test("ReplyDecoder gives up on endless lines and endless empty lines (A13)", () => {
  for (const line of ["220-hello\r\n", "\r\n", "250-\n"]) {
    const chunk = octets(line.repeat(2000));
    const [message] = read([chunk.slice(), chunk.slice(), chunk.slice()]);
    assert(typeof message === "string" && message.startsWith("Cannot read the reply: "));
  }
});

Deno.test("ReplyDecoder skips as many empty lines as a reply may have lines, and none above", () => {
  assertEquals(readEverySplit("\r\n\r\n250 a\r\n\n\r\n250 b\r\n", { lines: 2 }).length, 2);
  assertEquals(readEverySplit("\r\n\r\n\r\n250 a\r\n", { lines: 2 }), [
    "Cannot read the reply: too many empty lines",
  ]);
});

Deno.test("ReplyDecoder hands out what follows a reply (RFC 3207 4.2, C01)", () => {
  const decoder = new ReplyDecoder();
  decoder.push(octets("220 go\r\n250-x\r\n25"));
  assertEquals(decoder.next()?.code, 220);
  assert(decoder.pending);
  assertEquals(text(decoder.takeRest()), "250-x\r\n25");
  assert(!decoder.pending);
});

Deno.test("ReplyDecoder reads what encodeReply() writes (round trip)", () => {
  const random = new Random();
  for (let round = 0; round < 500; round++) {
    const digit = random.pick([2, 4, 5]);
    const enhanced = random.pick([null, `${digit}.${random.below(10)}.${random.below(999)}`]);
    const lines = Array.from(
      { length: random.below(4) + 1 },
      () => random.text(["a", " ", "-", "x y", "\\", "~"], random.below(6)),
    );
    const written = reply(digit * 100 + random.below(100), enhanced, ...lines);
    const events = everySplit(encodeReply(written), read, { random: 2, threeWay: 0 });
    assertEquals(events, [written], `seed ${random.seed}, round ${round}`);
  }
});

Deno.test("formatReplyText() writes a reply for people", () => {
  assertEquals(formatReplyText(reply(550, "5.1.1", "no such user")), "550 5.1.1 no such user");
  assertEquals(formatReplyText(reply(252, null, "")), "252");
  assertEquals(formatReplyText(reply(252, null)), "252");
  assertEquals(formatReplyText(reply(250, "2.0.0", "a", "b")), "250 2.0.0 a\n250 2.0.0 b");
});

Deno.test("formatReplyText() escapes what is not printable, and is cut to 512 (A13)", () => {
  const shown = formatReplyText(reply(550, null, "\x1b[31m\u202e\r\nevil\\", "x".repeat(1000)));
  assert(shown.startsWith("550 \\x1b[31m\\u{202e}\\x0d\\x0aevil\\\n550 x"), shown);
  assertEquals(shown.length, 512);
  assert(shown.endsWith("x…"));
  assertEquals(formatReplyText(reply(550, null, "abcd"), 8), "550 abcd");
  assertEquals(
    formatReplyText(reply(550, null, "\u{1f4e7}".repeat(9)), 10),
    "550 \u{1f4e7}\u{1f4e7}…",
  );
  assertEquals(
    formatReplyText(reply(550, null, "ab", "\u{1f4e7}\u{1f4e7}"), 13).isWellFormed(),
    true,
  );
  const emoji = formatReplyText(reply(550, null, "\u{1f4e7}".repeat(400)), 11);
  assert(emoji.isWellFormed() && emoji.endsWith("…") && emoji.length <= 11, emoji);
});

Deno.test("ReplyDecoder reads text that was cut inside a UTF-8 sequence (C05)", () => {
  const wire = utf8("250-größe\r\n250 \u{1f4e7}\r\n");
  assertEquals(everySplit(wire, read), [reply(250, null, "größe", "\u{1f4e7}")]);
});
