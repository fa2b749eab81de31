/**
 * IP addresses, as they stand in an address literal.
 *
 * @module
 */

import { COLON, DOT, hexValue, parseDecimal, ZERO } from "./bytes.ts";

/**
 * Whether octets are an IPv4 address: four decimal numbers up to 255. A leading zero is refused, since some software takes
 * it for octal.
 *
 * @param bytes The octets.
 * @param start Where the address starts.
 * @param end The place behind it.
 * @returns Whether it is one.
 */
export function isIpv4(bytes: Uint8Array, start: number, end: number): boolean {
  let from = start;
  for (let part = 0; part < 4; part++) {
    let to = from;
    while (to < end && bytes[to] !== DOT) to++;
    const value = parseDecimal(bytes, from, to, 3);
    if (value < 0 || value > 255 || (to - from > 1 && bytes[from] === ZERO)) return false;
    if ((to === end) !== (part === 3)) return false;
    from = to + 1;
  }
  return true;
}

/**
 * Whether octets are an IPv6 address ([RFC 4291 section 2.2](https://www.rfc-editor.org/rfc/rfc4291#section-2.2)), without
 * a zone.
 *
 * @param bytes The octets.
 * @param start Where the address starts.
 * @param end The place behind it.
 * @returns Whether it is one.
 */
export function isIpv6(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2 || end - start > 45) return false;
  let groups = 0;
  let compressed = false;
  let at = start;
  if (bytes[at] === COLON) {
    if (bytes[at + 1] !== COLON) return false;
    compressed = true;
    at += 2;
  }
  while (at < end) {
    const to = groupEnd(bytes, at, end);
    if (to < end && bytes[to] === DOT) {
      return isIpv4(bytes, at, end) && fits(groups + 2, compressed);
    }
    if (to === at || to - at > 4 || ++groups > 8) return false;
    if (to === end) return fits(groups, compressed);
    if (bytes[to] !== COLON) return false;
    at = to + 1;
    if (at === end) return false; // one colon at the end
    if (bytes[at] === COLON) {
      if (compressed) return false;
      compressed = true;
      at++;
    }
  }
  return fits(groups, compressed);
}

function groupEnd(bytes: Uint8Array, start: number, end: number): number {
  let to = start;
  while (to < end && hexValue(bytes[to]) >= 0) to++;
  return to;
}

function fits(groups: number, compressed: boolean): boolean {
  return compressed ? groups < 8 : groups === 8;
}
