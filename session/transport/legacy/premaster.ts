/**
 * A server's part in the RSA key exchange of TLS 1.0 and 1.1.
 *
 * @module
 */

import { constants, type KeyObject, privateDecrypt } from "node:crypto";

/** The octets of a premaster secret. */
const SECRET = 48;

/**
 * Decrypts a premaster secret. What is malformed becomes a random secret, so that the handshake fails later and alike: who
 * could tell the cases apart could decrypt other sessions (Bleichenbacher; RFC 5246 section 7.4.7.1). Each octet takes the
 * same steps whether it is so or not.
 *
 * @param key The server's RSA key.
 * @param encrypted What the client sent.
 * @param version The two octets of the version in the ClientHello, which the secret begins with.
 * @returns 48 octets.
 */
export function decryptPremaster(
  key: KeyObject,
  encrypted: Uint8Array,
  version: readonly [number, number],
): Uint8Array {
  const secret = crypto.getRandomValues(new Uint8Array(SECRET));
  const padding = constants.RSA_NO_PADDING;
  let block: Uint8Array;
  try {
    block = privateDecrypt({ key, padding }, encrypted);
  } catch {
    // Not of the key's length, which everybody can see.
    block = new Uint8Array(SECRET);
  }
  // 00 02, octets that are not 0, 00, the secret.
  const start = block.length - SECRET;
  let bad = block[0] | (block[1] ^ 2) | block[start - 1];
  for (let i = 2; i < start - 1; i++) bad |= ((block[i] - 1) >> 8) & 1;
  const random = -bad >> 31;
  for (let i = 0; i < SECRET; i++) {
    secret[i] = (secret[i] & random) | (block[start + i] & ~random);
  }
  secret.set(version);
  return secret;
}
