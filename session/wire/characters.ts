/**
 * Characters that a reader does not see, or that change how others are shown.
 *
 * @module
 */

/**
 * Whether a character is a control character: C0, DEL or C1.
 *
 * @param code The code point.
 * @returns Whether it controls instead of showing.
 */
export function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

/**
 * Whether a character shows nothing, is a blank that is not the ASCII space, or reorders its neighbours: zero-width
 * characters, line and paragraph separators, bidirectional controls, tags, noncharacters, lone surrogates.
 *
 * @param code The code point.
 * @returns Whether it hides.
 */
export function isHidden(code: number): boolean {
  if (code < 0xa0) return false;
  if (code < 0x2000) {
    return code === 0xa0 || code === 0xad || code === 0x34f || code === 0x61c ||
      code === 0x115f || code === 0x1160 || code === 0x1680 || code === 0x17b4 ||
      code === 0x17b5 || (code >= 0x180b && code <= 0x180f);
  }
  if (code < 0x3000) {
    return code <= 0x200f || (code >= 0x2028 && code <= 0x202f) ||
      (code >= 0x205f && code <= 0x206f) || code === 0x2800;
  }
  if (code === 0x3000 || code === 0x3164 || code === 0xffa0) return true;
  if (code >= 0xd800 && code <= 0xdfff) return true;
  if (code === 0xfeff || (code >= 0xfff0 && code <= 0xfffb)) return true;
  if (code >= 0xe0000 && code <= 0xe0fff) return true;
  return (code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

/**
 * Whether a text holds a control character or a hidden one.
 *
 * @param text The text.
 * @returns Whether any of its characters is not plainly visible; the ASCII space counts as visible.
 */
export function hasHidden(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) ?? 0;
    if (isControl(code) || isHidden(code)) return true;
    if (code > 0xffff) i++;
  }
  return false;
}

/**
 * Whether a character is one that software may take for the full stop between the labels of a domain.
 *
 * @param code The code point.
 * @returns Whether it looks like, or is mapped to, a full stop.
 */
export function isStopLike(code: number): boolean {
  return code === 0x2024 || code === 0x3002 || code === 0xfe12 || code === 0xfe52 ||
    code === 0xff0e || code === 0xff61;
}
