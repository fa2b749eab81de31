/**
 * Octets: the ASCII characters that SMTP is made of, and the few operations that wire code needs on them.
 *
 * @module
 */

/** NUL, octet 0. */
export const NUL = 0x00;
/** Horizontal tab. */
export const TAB = 0x09;
/** Line feed. */
export const LF = 0x0a;
/** Carriage return. */
export const CR = 0x0d;
/** Space. */
export const SP = 0x20;
/** Quotation mark. */
export const DQUOTE = 0x22;
/** Plus sign. */
export const PLUS = 0x2b;
/** Comma. */
export const COMMA = 0x2c;
/** Hyphen. */
export const HYPHEN = 0x2d;
/** Full stop. */
export const DOT = 0x2e;
/** Digit zero. */
export const ZERO = 0x30;
/** Colon. */
export const COLON = 0x3a;
/** Less-than sign. */
export const LT = 0x3c;
/** Equals sign. */
export const EQUALS = 0x3d;
/** Greater-than sign. */
export const GT = 0x3e;
/** Commercial at. */
export const AT = 0x40;
/** Left square bracket. */
export const LBRACKET = 0x5b;
/** Backslash. */
export const BACKSLASH = 0x5c;
/** Right square bracket. */
export const RBRACKET = 0x5d;
/** Underscore. */
export const UNDERSCORE = 0x5f;
/** DEL, the last ASCII character. */
export const DEL = 0x7f;

/** No octets at all. */
export const EMPTY: Uint8Array = new Uint8Array(0);

// `ignoreBOM` keeps U+FEFF in the text: a decoder that swallows it changes what was sent.
const UTF8_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const UTF8_ENCODER = new TextEncoder();

/** `String.fromCharCode` is given at most so many octets at once: an argument lives on the stack. */
const RUN = 4096;

/**
 * The octets of a text that is ASCII.
 *
 * @param text The text.
 * @returns One octet for each character.
 * @throws {TypeError} If the text holds a character that is not ASCII.
 */
export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > DEL) {
      throw new TypeError(`Cannot make ASCII octets: character ${i} is U+${code.toString(16)}`);
    }
    bytes[i] = code;
  }
  return bytes;
}

/**
 * The UTF-8 octets of a text.
 *
 * @param text The text.
 * @returns Its octets.
 * @throws {TypeError} If the text holds a lone surrogate, which no octets could stand for.
 */
export function encodeUtf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new TypeError("Cannot encode a text: it holds a lone surrogate");
  return UTF8_ENCODER.encode(text);
}

/**
 * Whether an octet is an ASCII letter.
 *
 * @param byte The octet.
 * @returns Whether it is `A`–`Z` or `a`–`z`.
 */
export function isLetter(byte: number): boolean {
  const upper = byte & 0xdf;
  return upper >= 0x41 && upper <= 0x5a;
}

/**
 * Whether an octet is an ASCII digit.
 *
 * @param byte The octet.
 * @returns Whether it is `0`–`9`.
 */
export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

/**
 * The value of a hexadecimal digit.
 *
 * @param byte The octet.
 * @returns 0 to 15, or -1 where it is no hexadecimal digit of either case.
 */
export function hexValue(byte: number): number {
  if (isDigit(byte)) return byte - ZERO;
  const upper = byte & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x41 + 10 : -1;
}

/**
 * Whether octets spell a word, in whichever case. Only ASCII letters have a case here.
 *
 * @param bytes The octets.
 * @param upperAscii The word, in upper case.
 * @returns Whether they are equal but for the case of letters.
 */
export function equalsIgnoreCase(bytes: Uint8Array, upperAscii: Uint8Array): boolean {
  return bytes.length === upperAscii.length && startsWithIgnoreCase(bytes, upperAscii, 0);
}

/**
 * Whether a word stands at a place, in whichever case.
 *
 * @param bytes The octets.
 * @param upperAscii The word, in upper case.
 * @param at Where the word should start.
 * @returns Whether it stands there, equal but for the case of letters.
 */
export function startsWithIgnoreCase(
  bytes: Uint8Array,
  upperAscii: Uint8Array,
  at: number,
): boolean {
  if (bytes.length - at < upperAscii.length) return false;
  for (let i = 0; i < upperAscii.length; i++) {
    const byte = bytes[at + i];
    const upper = byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte;
    if (upper !== upperAscii[i]) return false;
  }
  return true;
}

/**
 * A text with its ASCII letters in upper case, and nothing else changed: `ı` and `ſ` never become `I` and `S`.
 *
 * @param text The text.
 * @returns The text in ASCII upper case.
 */
export function upperAscii(text: string): string {
  let changed = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x61 || code > 0x7a) continue;
    changed += text.slice(from, i) + String.fromCharCode(code - 32);
    from = i + 1;
  }
  return from === 0 ? text : changed + text.slice(from);
}

/**
 * Reads a decimal number: digits only, no sign, no space, no fraction.
 *
 * @param bytes The octets.
 * @param start Where the digits start.
 * @param end The place after the last digit.
 * @param maxDigits How many digits there may be.
 * @returns The number, at most `Number.MAX_SAFE_INTEGER`; -1 where there are no digits, too many, or anything else.
 */
export function parseDecimal(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxDigits: number,
): number {
  if (end <= start || end > bytes.length || end - start > maxDigits) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i] - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = saturate(value * 10 + digit);
  }
  return value;
}

/**
 * Reads a decimal number from a text, as {@linkcode parseDecimal} does from octets.
 *
 * @param text The text, all of it digits.
 * @param maxDigits How many digits there may be.
 * @returns The number, at most `Number.MAX_SAFE_INTEGER`; -1 where there are no digits, too many, or anything else.
 */
export function parseDecimalText(text: string, maxDigits: number): number {
  if (text.length === 0 || text.length > maxDigits) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = saturate(value * 10 + digit);
  }
  return value;
}

function saturate(value: number): number {
  return value > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : value;
}

/**
 * Joins pieces into one.
 *
 * @param parts The pieces, in order.
 * @returns A new array that holds them all.
 */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Reads UTF-8 strictly: no overlong form, no surrogate, nothing cut short; a byte order mark is kept.
 *
 * @param bytes The octets.
 * @returns The text, or null where the octets are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string | null {
  if (isAscii(bytes)) return decodeLatin1(bytes);
  try {
    return UTF8_DECODER.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * One character for each octet, U+0000 to U+00FF. (The "latin1" of TextDecoder is windows-1252 and would lose octets.)
 *
 * @param bytes The octets.
 * @returns A text of the same length.
 */
export function decodeLatin1(bytes: Uint8Array): string {
  if (bytes.length <= RUN) return Reflect.apply(String.fromCharCode, null, bytes);
  let text = "";
  for (let i = 0; i < bytes.length; i += RUN) {
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(i, i + RUN));
  }
  return text;
}

/**
 * Whether every octet is ASCII.
 *
 * @param bytes The octets.
 * @returns Whether all are below 128.
 */
export function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] > DEL) return false;
  }
  return true;
}
