import { assertEquals, assertThrows } from "@std/assert";
import { decodeXtext, encodeXtext } from "../../../session/wire/xtext.ts";
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
