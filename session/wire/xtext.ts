/**
 * xtext, in which DSN and AUTH parameters carry any text
 * ([RFC 3461 section 4](https://www.rfc-editor.org/rfc/rfc3461#section-4)).
 *
 * @module
 */

import { decodeUtf8, encodeUtf8, EQUALS, hexValue, PLUS } from "./bytes.ts";
import { isControl } from "./characters.ts";
import { printable } from "./escape.ts";

const HEX = "0123456789ABCDEF";

/**
 * Writes a text as xtext: `+`, `=`, the space and what is not ASCII become `+` and two upper-case hexadecimal digits for
 * each octet of UTF-8.
 *
 * @param text The text.
 * @returns The xtext.
 * @throws {TypeError} If the text holds a control character or a lone surrogate.
 */
export function encodeXtext(text: string): string {
  if (hasControl(text)) {
    throw new TypeError(
      `Cannot encode xtext: a control character in the text, got "${printable(text, 80)}"`,
    );
  }
  let encoded = "";
  for (const byte of encodeUtf8(text)) {
    encoded += isPlain(byte) ? String.fromCharCode(byte) : `+${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  return encoded;
}

/**
 * Reads xtext.
 *
 * @param text The xtext.
 * @returns The text.
 * @throws {SyntaxError} If it is malformed, holds lower-case digits, or stands for a control character or for octets that
 * are not UTF-8.
 */
export function decodeXtext(text: string): string {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === PLUS) {
      bytes[length++] = hexOctet(text, i);
      i += 2;
    } else if (isPlain(code)) bytes[length++] = code;
    else throw malformed(text);
  }
  const decoded = decodeUtf8(bytes.subarray(0, length));
  if (decoded === null || hasControl(decoded)) throw malformed(text);
  return decoded;
}

/** Whether a character stands for itself: %d33-126 but `+` and `=`. */
function isPlain(code: number): boolean {
  return code > 0x20 && code < 0x7f && code !== PLUS && code !== EQUALS;
}

/** The octet that `+HH` at a place stands for. */
function hexOctet(text: string, at: number): number {
  if (at + 2 >= text.length) throw malformed(text);
  const high = upperHexValue(text.charCodeAt(at + 1));
  const low = upperHexValue(text.charCodeAt(at + 2));
  if (high < 0 || low < 0) throw malformed(text);
  return high << 4 | low;
}

function upperHexValue(code: number): number {
  return code > 0x46 ? -1 : hexValue(code);
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (isControl(text.charCodeAt(i))) return true;
  }
  return false;
}

function malformed(text: string): SyntaxError {
  return new SyntaxError(`Cannot decode xtext: it is malformed, got "${printable(text, 80)}"`);
}
