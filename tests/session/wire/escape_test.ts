import { assert, assertEquals } from "@std/assert";
import { printable, printableAscii } from "../../../session/wire/escape.ts";
import { octets, Random, utf8 } from "../../helpers/split.ts";

const SHOWN: readonly [text: string, shown: string][] = [
  ["plain text ~", "plain text ~"],
  ["a\r\nb", "a\\x0d\\x0ab"],
  ["\0\t\x1b\x7f", "\\x00\\x09\\x1b\\x7f"],
  ["\u0080\u0085\u009f", "\\u{80}\\u{85}\\u{9f}"],
  ["\u2028\u2029", "\\u{2028}\\u{2029}"],
  [
    "\u061c\u200e\u200f\u202a\u202e\u2066\u2069",
    "\\u{61c}\\u{200e}\\u{200f}\\u{202a}\\u{202e}\\u{2066}\\u{2069}",
  ],
  ["\u200b\u2060\ufeff", "\\u{200b}\\u{2060}\\u{feff}"],
  ["\u{e0041}", "\\u{e0041}"],
  ["\\", "\\\\"],
  ["\\x0d", "\\\\x0d"],
  ["é\u{1f4e7}日", "é\u{1f4e7}日"],
  ["", ""],
];

for (const [text, shown] of SHOWN) {
  Deno.test(`printable() shows ${JSON.stringify(text)} as ${shown} (2.11: log injection)`, () => {
    assertEquals(printable(text), shown);
    assertEquals(printable(utf8(text)), shown);
  });
}

Deno.test("printable() knows the first and the last character of each length in UTF-8", () => {
  const edges = [
    "\x10",
    "\0",
    "~",
    "\u07ff",
    "\u0800",
    "\ud7ff",
    "\ue000",
    "\uffee",
    "\u{10000}",
    "\u{10fffd}",
  ];
  const text = edges.join("a");
  assertEquals(printable(utf8(text)), printable(text));
  assertEquals(printable(octets("\xed\xbf\xbf")), "\\xed\\xbf\\xbf");
  assertEquals(printable(octets("\xed\xb0\x80")), "\\xed\\xb0\\x80");
  assertEquals(printable("\x0f\x10"), "\\x0f\\x10");
});

Deno.test("printable() shows lone surrogates", () => {
  assertEquals(printable("a\ud800b\udc00"), "a\\u{d800}b\\u{dc00}");
});

Deno.test("printable() shows octets that are not UTF-8 one by one", () => {
  assertEquals(printable(octets("a\xffb")), "a\\xffb");
  assertEquals(printable(octets("\xc0\xae")), "\\xc0\\xae");
  assertEquals(printable(octets("\xc3")), "\\xc3");
  assertEquals(printable(octets("\xe2\x82")), "\\xe2\\x82");
  assertEquals(printable(octets("\xe0\x80\xaf")), "\\xe0\\x80\\xaf");
  assertEquals(printable(octets("\xed\xa0\x80")), "\\xed\\xa0\\x80");
  assertEquals(printable(octets("\xf0\x80\x80\xaf")), "\\xf0\\x80\\x80\\xaf");
  assertEquals(printable(octets("\xf4\x90\x80\x80")), "\\xf4\\x90\\x80\\x80");
  assertEquals(printable(octets("\xc3\xc3\xa9")), "\\xc3é");
  assertEquals(printable(octets("\xf8\x80")), "\\xf8\\x80");
});

Deno.test("printable() cuts long text, no escape and no character in two", () => {
  assertEquals(printable("x".repeat(512)), "x".repeat(512));
  assertEquals(printable("x".repeat(513)), `${"x".repeat(511)}…`);
  assertEquals(printable(octets("x".repeat(512))), "x".repeat(512));
  assertEquals(printable(octets("x".repeat(513))), `${"x".repeat(511)}…`);
  assertEquals(printable("ab\r\n", 6), "ab…");
  assertEquals(printable("ab\r\n", 7), "ab\\x0d…");
  assertEquals(printable("ab\r", 6), "ab\\x0d");
  assertEquals(printable("a\u{1f4e7}b", 3), "a…");
  assertEquals(printable("a\u{1f4e7}", 3), "a\u{1f4e7}");
});

Deno.test("printable() reads no more than it shows", () => {
  let read = 0;
  const bytes = new Proxy(new Uint8Array(1_000_000).fill(0x41), {
    get(target, key): unknown {
      read++;
      return Reflect.get(target, key, target);
    },
  });
  assertEquals(printable(bytes, 80).length, 80);
  assert(read < 1000, `${read}`);
});

Deno.test("printable() agrees on octets with a decoder of UTF-8 that replaces (random)", () => {
  const random = new Random();
  const pieces = [
    "a",
    "\xc3\xa9",
    "\xe6\x97\xa5",
    "\xf0\x9f\x93\xa7",
    "\xc3",
    "\xf0\x9f",
    "\x80",
    "\xff",
  ];
  for (let round = 0; round < 2000; round++) {
    const bytes = octets(random.text(pieces, random.below(8)));
    const visible = printable(bytes).replaceAll(/\\x[0-9a-f]{2}/g, "");
    const expected = new TextDecoder().decode(bytes).replaceAll("\ufffd", "");
    assertEquals(visible, expected, `seed ${random.seed}, round ${round}`);
  }
});

Deno.test("printableAscii() leaves nothing but printable ASCII", () => {
  const everything = Array.from({ length: 0x3100 }, (_, code) => String.fromCharCode(code)).join(
    "",
  );
  const shown = printableAscii(everything, 1_000_000);
  assert(/^[\x20-\x7e]*$/.test(shown));
  assertEquals(printableAscii("a\\b", 10), "a\\b");
  assertEquals(printableAscii("a ~\\\r", 20), "a ~\\\\x0d");
  assertEquals(printableAscii("abc", 3), "abc");
  assertEquals(printableAscii("abc", 2), "ab");
  assertEquals(printableAscii("ab\r", 5), "ab");
});
