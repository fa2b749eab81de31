/**
 * IP addresses: as they stand in an address literal, and as octets.
 *
 * @module
 */

import {
  ascii,
  COLON,
  concat,
  DEL,
  DOT,
  hexValue,
  parseDecimal,
  parseDecimalText,
  ZERO,
} from "./bytes.ts";

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

/**
 * Reads an IP address.
 *
 * @param text The address, without brackets and without a zone.
 * @returns Its octets, 4 or 16; null where it is none.
 */
export function parseIp(text: string): Uint8Array | null {
  // Longer than any address: not worth to be looked at.
  if (text.length > 45 || !isAsciiText(text)) return null;
  const bytes = ascii(text);
  if (isIpv4(bytes, 0, bytes.length)) return ipv4Octets(text);
  return isIpv6(bytes, 0, bytes.length) ? ipv6Octets(text) : null;
}

/**
 * Writes an IP address, an IPv6 address in the one form that
 * [RFC 5952](https://www.rfc-editor.org/rfc/rfc5952#section-4) recommends.
 *
 * @param octets Its octets, 4 or 16.
 * @returns The address.
 */
export function formatIp(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  if (MAPPED.every((octet, i) => octets[i] === octet)) {
    return `::ffff:${octets.subarray(MAPPED.length).join(".")}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => octets[2 * i] << 8 | octets[2 * i + 1]);
  const [start, length] = longestZeros(groups);
  const words = groups.map((group) => group.toString(16));
  if (length < 2) return words.join(":");
  return `${words.slice(0, start).join(":")}::${words.slice(start + length).join(":")}`;
}

/**
 * Maps an IPv4 address into IPv6 ([RFC 4291 section 2.5.5.2](https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2)).
 *
 * @param octets The octets of an address.
 * @returns Sixteen octets; those of an IPv6 address as they are.
 */
export function mapIp(octets: Uint8Array): Uint8Array {
  return octets.length === 16 ? octets : concat([MAPPED, octets]);
}

/** What an IPv4 address in IPv6 begins with. */
const MAPPED: Uint8Array = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

function isAsciiText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > DEL) return false;
  }
  return true;
}

function ipv4Octets(text: string): Uint8Array {
  return Uint8Array.from(text.split("."), (part) => parseDecimalText(part, 3));
}

function ipv6Octets(text: string): Uint8Array {
  const [before, behind] = text.split("::");
  const head = groupOctets(before);
  if (behind === undefined) return Uint8Array.from(head);
  const tail = groupOctets(behind);
  const zeros = new Array<number>(16 - head.length - tail.length).fill(0);
  return Uint8Array.from([...head, ...zeros, ...tail]);
}

function groupOctets(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return [...ipv4Octets(group)];
    const value = ascii(group).reduce((sum, byte) => sum << 4 | hexValue(byte), 0);
    return [value >> 8, value & 0xff];
  });
}

/** Where the longest run of zeros begins, the first of several, and how long it is. */
function longestZeros(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - start > best[1]) best = [start, end - start];
    start = Math.max(start, end);
  }
  return best;
}
