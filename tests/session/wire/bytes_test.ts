import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ascii,
  concat,
  decodeLatin1,
  decodeUtf8,
  encodeUtf8,
  equalsIgnoreCase,
  hexValue,
  isAscii,
  parseDecimal,
  parseDecimalText,
  startsWithIgnoreCase,
  upperAscii,
} from "../../../session/wire/bytes.ts";
import { octets } from "../../helpers/split.ts";

Deno.test("ascii() makes octets of ASCII, and refuses the rest", () => {
  assertEquals(ascii("A\0\x7f"), Uint8Array.of(65, 0, 127));
  for (const wrong of ["\x80", "é", "\u560d"]) assertThrows(() => ascii(wrong), TypeError);
});

Deno.test("equalsIgnoreCase() ignores the case of ASCII letters and of nothing else (#7, A7)", () => {
  const word = ascii("MAIL[@");
  for (const same of ["MAIL[@", "mail[@", "mAiL[@"]) assert(equalsIgnoreCase(octets(same), word));
  assert(equalsIgnoreCase(octets("az"), ascii("AZ")));
  for (const other of ["MAIL{`", "MAIL[", "MAIL[@@", "\xcdAIL[@", "MAJL[@", "-AIL[@", ""]) {
    assert(!equalsIgnoreCase(octets(other), word), other);
  }
});

Deno.test("startsWithIgnoreCase() looks at one place", () => {
  assert(startsWithIgnoreCase(octets("xfrom:y"), ascii("FROM:"), 1));
  assert(!startsWithIgnoreCase(octets("xfrom:y"), ascii("FROM:"), 0));
  assert(!startsWithIgnoreCase(octets("xfrom"), ascii("FROM:"), 1));
});

Deno.test("upperAscii() changes ASCII letters and nothing else", () => {
  assertEquals(upperAscii("aZ-\u0131\u017fßé1z"), "AZ-\u0131\u017fßé1Z");
  assertEquals(upperAscii("ABC"), "ABC");
});

Deno.test("parseDecimal() reads digits only (RFC 1870 3, #107, A8)", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["10", 10],
    ["00000000000000000001", 1],
    ["99999999999999999999", Number.MAX_SAFE_INTEGER],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["9007199254740993", Number.MAX_SAFE_INTEGER],
    ["100000000000000000000", -1],
    ["", -1],
    ["-1", -1],
    ["+1", -1],
    ["0x10", -1],
    ["1e9", -1],
    ["1.0", -1],
    [" 1", -1],
    ["1 ", -1],
    ["1\0", -1],
    ["\xb2", -1],
  ];
  for (const [text, value] of cases) {
    assertEquals(parseDecimal(octets(text), 0, text.length, 20), value, text);
    assertEquals(parseDecimalText(text, 20), value, text);
  }
  assertEquals(parseDecimalText("\u0661", 20), -1);
});

Deno.test("parseDecimal() reads between two places", () => {
  assertEquals(parseDecimal(octets("SIZE=123;"), 5, 8, 20), 123);
  assertEquals(parseDecimal(octets("12"), 0, 3, 20), -1);
  assertEquals(parseDecimal(octets("12"), 1, 1, 20), -1);
  assertEquals(parseDecimal(octets("12"), 2, 1, 20), -1);
});

Deno.test("concat() joins pieces", () => {
  assertEquals(concat([octets("a"), octets(""), octets("bc")]), octets("abc"));
  assertEquals(concat([]), octets(""));
});

for (
  const wrong of [
    "\xc0\xae",
    "\xc0\x80",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xe2\x82",
    "\x80",
    "\xff",
  ]
) {
  Deno.test(`decodeUtf8() refuses ${JSON.stringify(wrong)} (A7)`, () => {
    assertEquals(decodeUtf8(octets(wrong)), null);
    assertEquals(decodeUtf8(octets(`ok ${wrong} ok`)), null);
  });
}

Deno.test("decodeUtf8() reads what encodeUtf8() writes, a byte order mark included (round trip)", () => {
  for (const text of ["", "a", "é", "\u{1f4e7}", "\ufeffa", "\0", "a".repeat(10_000)]) {
    assertEquals(decodeUtf8(encodeUtf8(text)), text);
  }
  assertThrows(() => encodeUtf8("\ud800"), TypeError);
});

Deno.test("decodeLatin1() keeps every octet, however many there are", () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i & 255);
  const text = decodeLatin1(bytes);
  assertEquals(text.length, bytes.length);
  assert(bytes.every((byte, i) => text.charCodeAt(i) === byte));
});

Deno.test("isAscii() finds one octet that is not", () => {
  assert(isAscii(octets("\0a\x7f")));
  assert(!isAscii(octets("a\x80")));
});

Deno.test("hexValue() knows the digits of both cases and nothing else", () => {
  for (let byte = 0; byte < 256; byte++) {
    const digit = String.fromCharCode(byte);
    const expected = /^[0-9A-Fa-f]$/.test(digit) ? Number(`0x${digit}`) : -1;
    assertEquals(hexValue(byte), expected, `octet ${byte}`);
  }
});
