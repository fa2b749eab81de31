/**
 * The parameters of MAIL and RCPT ([RFC 5321 section 4.1.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2)).
 *
 * @module
 */

import {
  decodeLatin1,
  decodeUtf8,
  DEL,
  encodeUtf8,
  EQUALS,
  HYPHEN,
  isAscii,
  isDigit,
  isLetter,
  SP,
  upperAscii,
} from "./bytes.ts";
import { hasHidden } from "./characters.ts";
import { printable } from "./escape.ts";

/** Parameters by their keyword, in upper case: their value as it stands on the wire, or true where they have none. */
export type Params = ReadonlyMap<string, string | true>;

const NO_PARAMS: Params = new Map();

/**
 * Reads the parameters behind a path: `SIZE=1000 BODY=8BITMIME SMTPUTF8`, one space between two.
 *
 * @param bytes The octets; spaces at the end are ignored.
 * @returns The parameters.
 * @throws {SyntaxError} If one is malformed, or stands there twice.
 */
export function parseParams(bytes: Uint8Array): Params {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === SP) length--;
  if (length === 0) return NO_PARAMS;
  const params = new Map<string, string | true>();
  for (let at = 0; at < length;) {
    const keywordEnd = findKeywordEnd(bytes, at, length);
    const valued = keywordEnd < length && bytes[keywordEnd] === EQUALS;
    const end = valued ? findValueEnd(bytes, keywordEnd + 1, length) : keywordEnd;
    const fits = keywordEnd > at && (!valued || end > keywordEnd + 1);
    if (!fits || (end < length && bytes[end] !== SP)) throw malformed("malformed", bytes, at);
    const keyword = upperAscii(decodeLatin1(bytes.subarray(at, keywordEnd)));
    if (params.has(keyword)) throw malformed("given twice", bytes, at);
    params.set(keyword, valued ? decodeValue(bytes.subarray(keywordEnd + 1, end)) : true);
    at = end + 1;
  }
  return params;
}

/**
 * Writes parameters, one space between two.
 *
 * @param params The parameters.
 * @returns The text; empty where there are none.
 * @throws {TypeError} If a keyword or a value cannot stand on the wire.
 */
export function formatParams(params: Params): string {
  let text = "";
  for (const [keyword, value] of params) {
    const written = value === true ? keyword : `${keyword}=${value}`;
    if (!isParam(keyword, value)) {
      throw new TypeError(
        `Cannot write a parameter: its keyword or value cannot stand on the wire, got "${
          printable(written, 80)
        }"`,
      );
    }
    text += text === "" ? written : ` ${written}`;
  }
  return text;
}

function isParam(keyword: string, value: string | true): boolean {
  if (!keyword.isWellFormed()) return false;
  const bytes = encodeUtf8(keyword);
  if (bytes.length === 0 || findKeywordEnd(bytes, 0, bytes.length) !== bytes.length) return false;
  if (value === true) return true;
  if (value === "" || hasHidden(value)) return false;
  const octets = encodeUtf8(value);
  return findValueEnd(octets, 0, octets.length) === octets.length;
}

function findKeywordEnd(bytes: Uint8Array, start: number, length: number): number {
  let at = start;
  while (at < length && isKeywordCharacter(bytes[at], at > start)) at++;
  return at;
}

function isKeywordCharacter(byte: number, inside: boolean): boolean {
  return isLetter(byte) || isDigit(byte) || (inside && byte === HYPHEN);
}

/** Any printable character but space and `=`, and octets of UTF-8 (RFC 6531 section 3.3). */
function findValueEnd(bytes: Uint8Array, start: number, length: number): number {
  let at = start;
  while (at < length && bytes[at] > SP && bytes[at] !== EQUALS && bytes[at] !== DEL) at++;
  return at;
}

function decodeValue(bytes: Uint8Array): string {
  // The octets were looked at: no ASCII among them is a control character.
  if (isAscii(bytes)) return decodeLatin1(bytes);
  const value = decodeUtf8(bytes);
  if (value === null || hasHidden(value)) throw malformed("malformed", bytes, 0);
  return value;
}

function malformed(what: string, bytes: Uint8Array, at: number): SyntaxError {
  const end = bytes.indexOf(SP, at);
  const got = printable(bytes.subarray(at, end < 0 ? bytes.length : end), 80);
  return new SyntaxError(`Cannot read the parameters: one is ${what}, got "${got}"`);
}
