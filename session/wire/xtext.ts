/**
 * xtext, in which DSN and AUTH parameters carry any text
 * ([RFC 3461 section 4](https://www.rfc-editor.org/rfc/rfc3461#section-4)).
 *
 * @module
 */

import {
  BACKSLASH,
  decodeUtf8,
  DEL,
  encodeUtf8,
  EQUALS,
  hexValue,
  PLUS,
  upperAscii,
} from "./bytes.ts";
import { hasHidden, isControl } from "./characters.ts";
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

/**
 * Writes an address for the type `utf-8` of ORCPT ([RFC 6533, section 3](https://www.rfc-editor.org/rfc/rfc6533#section-3)):
 * the space, `+`, `=` and `\\` become `\\x{20}` and the like.
 *
 * @param text The address.
 * @param utf8 Whether characters outside ASCII stay as they are, which SMTPUTF8 allows.
 * @returns The address, encoded.
 * @throws {TypeError} If the text holds a control or hidden character.
 */
export function encodeUnitext(text: string, utf8: boolean): string {
  if (hasHidden(text)) {
    throw new TypeError(
      `Cannot encode an address: a hidden character in it, got "${printable(text, 80)}"`,
    );
  }
  let encoded = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    encoded += isUnitext(code, utf8) ? character : `\\x{${upperAscii(code.toString(16))}}`;
  }
  return encoded;
}

/**
 * Reads what {@linkcode encodeUnitext} writes.
 *
 * @param text The address, encoded.
 * @param utf8 Whether characters outside ASCII may stand there as they are.
 * @returns The address.
 * @throws {SyntaxError} If it is malformed, encodes what needs no code, or holds a control or hidden character.
 */
export function decodeUnitext(text: string, utf8: boolean): string {
  let decoded = "";
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    if (isUnitext(code, utf8)) {
      decoded += String.fromCodePoint(code);
      at += code > 0xffff ? 2 : 1;
      continue;
    }
    const end = text.indexOf("}", at);
    const point = text.startsWith("\\x{", at) ? hexPoint(text, at + 3, end) : -1;
    if (point < 0) throw malformed(text);
    decoded += String.fromCodePoint(point);
    at = end + 1;
  }
  if (hasHidden(decoded)) throw malformed(text);
  return decoded;
}

/** Whether a character stands for itself in an address of the type utf-8. */
function isUnitext(code: number, utf8: boolean): boolean {
  return code > DEL ? utf8 : isPlain(code) && code !== BACKSLASH;
}

/** The character whose number stands at a place, in at least two digits and no needless ones; -1 where none does. */
function hexPoint(text: string, start: number, end: number): number {
  if (end - start < 2 || end - start > 6 || (end - start > 2 && text[start] === "0")) return -1;
  let point = 0;
  for (let at = start; at < end; at++) {
    const digit = upperHexValue(text.charCodeAt(at));
    if (digit < 0) return -1;
    point = point << 4 | digit;
  }
  return point > 0x10ffff || isUnitext(point, false) ? -1 : point;
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
