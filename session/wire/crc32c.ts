/**
 * The checksum of a PROXY header ([RFC 4960 appendix B](https://www.rfc-editor.org/rfc/rfc4960#appendix-B)).
 *
 * @module
 */

/** The polynomial of Castagnoli, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/**
 * Computes the CRC32c of octets. Bit by bit: headers are short, and a table would have to be kept.
 *
 * @param bytes The octets.
 * @returns The checksum, 0 to 2³² - 1.
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}
