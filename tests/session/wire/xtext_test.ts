import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeUnitext,
  decodeXtext,
  encodeUnitext,
  encodeXtext,
} from "../../../session/wire/xtext.ts";
import { Random } from "../../helpers/split.ts";

const PAIRS: readonly [text: string, xtext: string][] = [
  ["", ""],
  ["abc", "abc"],
  ["a b", "a+20b"],
  ["e=mc2@x", "e+3Dmc2@x"],
  ["1+1", "1+2B1"],
  ['~!"#<>,;', '~!"#<>,;'],
  ["é", "+C3+A9"],
];

for (const [text, xtext] of PAIRS) {
  Deno.test(`encodeXtext() writes ${JSON.stringify(text)} as ${xtext} (RFC 3461 4, C20, S73)`, () => {
    assertEquals(encodeXtext(text), xtext);
    assertEquals(decodeXtext(xtext), text);
  });
}

for (
  const wrong of [
    "+0a",
    "+0A",
    "+0D+0A",
    "a+0D+0Ab",
    "+00",
    "+7F",
    "+C2+85",
    "+G0",
    "+0G",
    "+3d",
    "+",
    "a+",
    "+4",
    "a+4",
    "++41",
    "+-1",
    "+ 1",
    "a=b",
    "a b",
    "a\tb",
    "a\0",
    "a\x7f",
    "é",
    "+FF",
    "+C3",
    "+C0+AE",
    "+ED+A0+80",
    "+\uff11\uff11",
    "+G0+9F+93+A7",
  ]
) {
  Deno.test(`decodeXtext() refuses ${JSON.stringify(wrong)} (RFC 3461 4, #186, S80, A8)`, () => {
    assertThrows(() => decodeXtext(wrong), SyntaxError);
  });
}

for (const wrong of ["\r\n", "\0", "\x7f", "\u0085", "\ud800"]) {
  Deno.test(`encodeXtext() refuses ${JSON.stringify(wrong)} (P16)`, () => {
    assertThrows(() => encodeXtext(wrong), TypeError);
  });
}

Deno.test("decodeXtext() reads what encodeXtext() writes (round trip)", () => {
  const random = new Random();
  for (let round = 0; round < 1000; round++) {
    const text = random.text(["a", "+", "=", " ", "é", "\u{1f4e7}", "~", "+41"], random.below(12));
    assertEquals(decodeXtext(encodeXtext(text)), text, `seed ${random.seed}, ${text}`);
  }
});

const ADDRESSES: readonly [text: string, ascii: string, utf8: string][] = [
  ["ada@example.org", "ada@example.org", "ada@example.org"],
  ["a+b=c d\\e", "a\\x{2B}b\\x{3D}c\\x{20}d\\x{5C}e", "a\\x{2B}b\\x{3D}c\\x{20}d\\x{5C}e"],
  ["josé@münchen.example", "jos\\x{E9}@m\\x{FC}nchen.example", "josé@münchen.example"],
  ["甲\u{1f600}", "\\x{7532}\\x{1F600}", "甲\u{1f600}"],
];

for (const [text, ascii, utf8] of ADDRESSES) {
  Deno.test(`encodeUnitext() writes ${text} as ${ascii} and as ${utf8} (RFC 6533 3, #169, S73)`, () => {
    assertEquals(encodeUnitext(text, false), ascii);
    assertEquals(encodeUnitext(text, true), utf8);
    assertEquals(decodeUnitext(ascii, false), text);
    assertEquals(decodeUnitext(ascii, true), text);
    assertEquals(decodeUnitext(utf8, true), text);
  });
}

for (
  const wrong of [
    "é",
    "a b",
    "a+2B",
    "a=b",
    "\\",
    "\\x",
    "\\x{",
    "\\x{}",
    "\\x{2}",
    "\\x{2B",
    "\\X{2B}",
    "\\x{2b}",
    "\\x{02B}",
    "\\x{41}",
    "\\x{0D}",
    "\\x{7F}",
    "\\x{85}",
    "\\x{200B}",
    "\\x{D800}",
    "\\x{110000}",
    "\\x{0000041}",
    "a\0",
    "a\x7f",
  ]
) {
  Deno.test(`decodeUnitext() refuses ${JSON.stringify(wrong)} (RFC 6533 3, #182, S80)`, () => {
    assertThrows(() => decodeUnitext(wrong, false), SyntaxError, "Cannot decode xtext");
  });
}

Deno.test("encodeUnitext() and decodeUnitext() take no hidden character, raw or not (S80)", () => {
  for (const hidden of ["\r", "\u200b", "\u202e", "\ud800"]) {
    assertThrows(() => encodeUnitext(`a${hidden}b`, true), TypeError, "hidden character");
    assertThrows(() => decodeUnitext(`a${hidden}b`, true), SyntaxError);
  }
});
