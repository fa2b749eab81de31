/**
 * Base64, as strictly as AUTH wants it
 * ([RFC 4954 section 4](https://www.rfc-editor.org/rfc/rfc4954#section-4), RFC 4648 section 4).
 *
 * @module
 */

import { ascii, EQUALS } from "./bytes.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** For each octet its six bits; 64 where it is not of the alphabet. */
const VALUES: Uint8Array = values();

function values(): Uint8Array {
  const table = new Uint8Array(256).fill(64);
  ascii(ALPHABET).forEach((byte, value) => table[byte] = value);
  return table;
}

/**
 * Reads base64. Nothing but the alphabet and a complete padding at the end is understood: no white space, no missing
 * padding, no bits left over that are not zero.
 *
 * @param bytes The base64.
 * @returns What it stands for, or null where it is malformed.
 */
export function decodeBase64(bytes: Uint8Array): Uint8Array | null {
  const length = bytes.length;
  if ((length & 3) !== 0) return null;
  if (length === 0) return new Uint8Array(0);
  const padding = bytes[length - 1] !== EQUALS ? 0 : bytes[length - 2] !== EQUALS ? 1 : 2;
  const digits = length - padding;
  const decoded = new Uint8Array((length >> 2) * 3 - padding);
  let to = 0;
  let bits = 0;
  for (let i = 0; i < digits; i++) {
    const value = VALUES[bytes[i]];
    if (value > 63) return null;
    bits = (bits << 6 | value) & 0xffffff;
    if ((i & 3) !== 3) continue;
    decoded[to++] = bits >> 16;
    decoded[to++] = bits >> 8 & 255;
    decoded[to++] = bits & 255;
    bits = 0;
  }
  if (padding === 1) {
    if ((bits & 3) !== 0) return null;
    decoded[to++] = bits >> 10;
    decoded[to++] = bits >> 2 & 255;
  } else if (padding === 2) {
    if ((bits & 15) !== 0) return null;
    decoded[to++] = bits >> 4;
  }
  return decoded;
}

/**
 * Writes base64, padded.
 *
 * @param bytes The octets.
 * @returns The base64.
 */
export function encodeBase64(bytes: Uint8Array): string {
  let encoded = "";
  const whole = bytes.length - bytes.length % 3;
  for (let i = 0; i < whole; i += 3) {
    const bits = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
    encoded += ALPHABET[bits >> 18] + ALPHABET[bits >> 12 & 63] + ALPHABET[bits >> 6 & 63] +
      ALPHABET[bits & 63];
  }
  if (bytes.length - whole === 1) {
    const bits = bytes[whole];
    encoded += ALPHABET[bits >> 2] + ALPHABET[bits << 4 & 63] + "==";
  } else if (bytes.length - whole === 2) {
    const bits = bytes[whole] << 8 | bytes[whole + 1];
    encoded += ALPHABET[bits >> 10] + ALPHABET[bits >> 4 & 63] + ALPHABET[bits << 2 & 63] + "=";
  }
  return encoded;
}
