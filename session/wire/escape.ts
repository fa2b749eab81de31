/**
 * Text from outside, made fit to be shown: in a log, an error message, a reply.
 *
 * @module
 */

import { BACKSLASH } from "./bytes.ts";
import { isControl, isHidden } from "./characters.ts";

/** What may stand in the text besides printable ASCII. */
interface EscapeRules {
  /** Whether a backslash is doubled, so that an escape cannot be forged. */
  readonly doubleBackslash: boolean;
  /** Whether visible characters outside ASCII stay as they are. */
  readonly keepUnicode: boolean;
}

const FOR_PEOPLE: EscapeRules = { doubleBackslash: true, keepUnicode: true };
const FOR_ERRORS: EscapeRules = { doubleBackslash: false, keepUnicode: true };
const FOR_THE_WIRE: EscapeRules = { doubleBackslash: false, keepUnicode: false };

/**
 * Makes text printable: control characters (C0, DEL, C1), line separators, bidirectional controls, invisible characters,
 * lone surrogates and octets that are not UTF-8 are written as `\x0d` (an octet) or `\u{202e}` (a character), and a
 * backslash is doubled.
 *
 * @param text The text, or octets that should be UTF-8.
 * @param max The most UTF-16 units to return; longer text ends in `…`.
 * @returns The text, on one line.
 */
export function printable(text: string | Uint8Array, max = 512): string {
  return typeof text === "string"
    ? escape(text, max, FOR_PEOPLE)
    : escapeOctets(text, max, FOR_PEOPLE);
}

/**
 * As {@linkcode printable}, for the text of a reply that came from a peer: a backslash stays single.
 *
 * @param text The text.
 * @param max The most UTF-16 units to return; longer text ends in `…`.
 * @returns The text, on one line.
 */
export function printableReply(text: string, max: number): string {
  return escape(text, max, FOR_ERRORS);
}

/**
 * As {@linkcode printable}, for a text that goes out in a reply: nothing but printable ASCII is left, and a backslash
 * stays single (RFC 5321 section 4.2 allows HT and %d32-126).
 *
 * @param text The text.
 * @param max The most octets to return; longer text is cut.
 * @returns The text, in printable ASCII.
 */
export function printableAscii(text: string, max: number): string {
  if (isPrintableAscii(text)) return text.length <= max ? text : text.slice(0, max);
  return escape(text, max, FOR_THE_WIRE);
}

function isPrintableAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function escape(text: string, max: number, rules: EscapeRules): string {
  const ellipsis = rules.keepUnicode ? "…" : "";
  let shown = "";
  let room = 0; // the length of what would still be there with the ellipsis behind it
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) ?? 0;
    const next = shown + escapeOne(code, rules);
    if (next.length > max) return shown.slice(0, room) + ellipsis;
    shown = next;
    if (shown.length + ellipsis.length <= max) room = shown.length;
    if (code > 0xffff) i++;
  }
  return shown;
}

function escapeOne(code: number, rules: EscapeRules): string {
  if (code === BACKSLASH && rules.doubleBackslash) return "\\\\";
  if (code < 0x20 || code === 0x7f) return escapeOctet(code);
  if (code < 0x7f) return String.fromCharCode(code);
  if (!rules.keepUnicode || isControl(code) || isHidden(code)) return `\\u{${code.toString(16)}}`;
  return String.fromCodePoint(code);
}

function escapeOctet(byte: number): string {
  return `\\x${byte < 16 ? "0" : ""}${byte.toString(16)}`;
}

function escapeOctets(bytes: Uint8Array, max: number, rules: EscapeRules): string {
  let shown = "";
  let room = 0;
  for (let i = 0; i < bytes.length;) {
    const code = codePointAt(bytes, i);
    const next = shown + (code < 0 ? escapeOctet(bytes[i]) : escapeOne(code, rules));
    if (next.length > max) return shown.slice(0, room) + "…";
    shown = next;
    if (shown.length < max) room = shown.length;
    i += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return shown;
}

/** The character that starts at an octet; -1 where none does (RFC 3629 section 4). */
function codePointAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return first;
  if (first < 0xc2 || first > 0xf4) return -1;
  const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  if (at + more >= bytes.length) return -1;
  let code = first & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const byte = bytes[at + i];
    if ((byte & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (byte & 0x3f);
  }
  const overlong = more === 2 ? code < 0x800 : more === 3 && code < 0x10000;
  return overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? -1 : code;
}
