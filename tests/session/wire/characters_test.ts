import { assert, assertEquals } from "@std/assert";
import { hasHidden, isControl, isHidden, isStopLike } from "../../../session/wire/characters.ts";

/** First and last of each range that does not show. */
const HIDDEN: readonly [first: number, last: number][] = [
  [0xa0, 0xa0],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x1680, 0x1680],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfdd0, 0xfdef],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0xfffe, 0xffff],
  [0x1fffe, 0x1ffff],
  [0xdfffe, 0xdffff],
  [0xe0000, 0xe0fff],
  [0x10fffe, 0x10ffff],
];

for (const [first, last] of HIDDEN) {
  const name = `U+${first.toString(16)} to U+${last.toString(16)}`;
  Deno.test(`isHidden() knows ${name}, and not their neighbours (S80)`, () => {
    for (let code = first; code <= last; code++) assert(isHidden(code), code.toString(16));
    for (const code of [first - 1, last + 1]) {
      const neighbour = HIDDEN.some(([from, to]) => code >= from && code <= to);
      assertEquals(isHidden(code), neighbour, code.toString(16));
    }
  });
}

Deno.test("isHidden() lets everything be that shows", () => {
  for (const character of "a ~é߀अ–‘’“”…€™日本語한ﬁ￥\u{1f4e7}\u{20000}") {
    assert(!isHidden(character.codePointAt(0) ?? 0), character);
  }
});

Deno.test("isControl() knows C0, DEL and C1, and nothing else", () => {
  for (let code = 0; code < 0x200; code++) {
    assertEquals(isControl(code), code < 32 || (code > 126 && code < 160), code.toString(16));
  }
});

Deno.test("hasHidden() looks at every character, beyond the BMP too", () => {
  assert(!hasHidden("a b é \u{1f4e7}\uff41"));
  for (const hidden of ["\r", "\x7f", "\u200b", "\u{e0041}", "\ud800", "\udc00"]) {
    assert(hasHidden(hidden) && hasHidden(`\u{1f4e7}${hidden}a`) && hasHidden(`a${hidden}`));
  }
});

Deno.test("isStopLike() agrees with what the parser of URLs takes for a full stop (A9)", () => {
  for (let code = 0x80; code < 0x10000; code++) {
    if (isControl(code) || isHidden(code)) continue;
    const url = `http://a${String.fromCharCode(code)}b/`;
    const stop = URL.canParse(url) && new URL(url).hostname === "a.b";
    if (stop) assert(isStopLike(code), code.toString(16));
  }
  for (const code of [0x2e, 0x2023, 0x2025, 0x3001, 0x3003]) assert(!isStopLike(code));
});
