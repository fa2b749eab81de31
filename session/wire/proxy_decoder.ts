/**
 * Reads the header by which a proxy says whose connection it passes on
 * ([PROXY protocol](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt), sections 2.1 and 2.2).
 *
 * @module
 */

import { ascii, CR, decodeLatin1, LF, parseDecimal, ZERO } from "./bytes.ts";
import { crc32c } from "./crc32c.ts";
import { formatIp, isIpv4, isIpv6, parseIp } from "./ip_address.ts";
import {
  COMMAND,
  FAMILY,
  FIXED_PART,
  type ProxyEndpoint,
  type ProxyHeader,
  type ProxyItem,
  SIGNATURE,
  STREAM,
} from "./proxy_header.ts";

/** The most octets of a header of version 1, its CRLF included. */
const MAX_LINE = 107;
/** The most octets behind the fixed part of a header of version 2: room for a certificate's names and then some. */
const MAX_BLOCK = 4096;
const LINE_START = ascii("PROXY ");
const UNKNOWN = "UNKNOWN";
/** The octets of the addresses of each family, by its number. */
const ADDRESSES = [0, 12, 36, 216];
/** The types of items that are about the header itself. */
const CRC32C = 0x03;
const NOOP = 0x04;

/** A header, and what came behind it. */
export interface DecodedProxy {
  /** The header. */
  readonly header: ProxyHeader;
  /** What came behind it: a view of the last chunk. */
  readonly rest: Uint8Array;
}

/** Takes octets in any portions, until a header is whole. */
export class ProxyDecoder {
  #held: Uint8Array = new Uint8Array(MAX_LINE);
  #length = 0;
  /** How long the header is; 0 while that is not known. */
  #whole = 0;

  /**
   * Takes what came.
   *
   * @param chunk The octets.
   * @returns The header once it is whole; null where more must come.
   * @throws {SyntaxError} As soon as it cannot become a header.
   */
  decode(chunk: Uint8Array): DecodedProxy | null {
    for (let at = 0; at < chunk.length;) {
      this.#held[this.#length++] = chunk[at++];
      if (!this.#complete()) continue;
      const bytes = this.#held.subarray(0, this.#length);
      const header = bytes[0] === SIGNATURE[0] ? parseBlock(bytes) : parseLine(bytes);
      return { header, rest: chunk.subarray(at) };
    }
    return null;
  }

  /** Whether the last octet ends the header. */
  #complete(): boolean {
    const length = this.#length;
    const last = this.#held[length - 1];
    if (this.#held[0] !== SIGNATURE[0]) return this.#lineEnds(length, last);
    if (length <= SIGNATURE.length && last !== SIGNATURE[length - 1]) throw malformed("signature");
    if (length === FIXED_PART) this.#expectBlock();
    return length === this.#whole;
  }

  #lineEnds(length: number, last: number): boolean {
    if (length <= LINE_START.length && last !== LINE_START[length - 1]) {
      throw malformed("beginning");
    }
    if (last === LF && this.#held[length - 2] === CR) return true;
    // A CR may be the last but one, and nothing else may be a line end.
    if (last === LF || this.#held[length - 2] === CR) throw malformed("line end");
    if (length === MAX_LINE) throw malformed("length");
    return false;
  }

  #expectBlock(): void {
    const [command, kind, high, low] = this.#held.subarray(SIGNATURE.length);
    if (command !== COMMAND.local && command !== COMMAND.proxy) throw malformed("command");
    if (kind >> 4 > FAMILY.unix || (kind & 0xf) > 2) throw malformed("address family");
    const size = high << 8 | low;
    if (size > MAX_BLOCK) throw malformed("length");
    this.#whole = FIXED_PART + size;
    const held = this.#held;
    this.#held = new Uint8Array(this.#whole);
    this.#held.set(held.subarray(0, FIXED_PART));
  }
}

function parseLine(line: Uint8Array): ProxyHeader {
  const text = decodeLatin1(line.subarray(LINE_START.length, line.length - 2));
  const fields = text.split(" ");
  // What stands behind UNKNOWN is to be ignored.
  if (fields[0] === UNKNOWN) return { version: 1, source: null, destination: null, items: [] };
  const isIp = fields[0] === "TCP4" ? isIpv4 : fields[0] === "TCP6" ? isIpv6 : null;
  if (isIp === null) throw malformed("protocol");
  if (fields.length !== 5) throw malformed("number of fields");
  const [source, destination] = [1, 2].map((i): ProxyEndpoint => {
    const address = octetsOf(fields[i]);
    const octets = isIp(address, 0, address.length) ? parseIp(fields[i]) : null;
    if (octets === null) throw malformed("address");
    return { ip: formatIp(octets), port: parsePort(fields[i + 2]) };
  });
  return { version: 1, source, destination, items: [] };
}

function octetsOf(field: string): Uint8Array {
  return Uint8Array.from(field, (character) => character.charCodeAt(0));
}

function parsePort(field: string): number {
  const digits = octetsOf(field);
  const port = parseDecimal(digits, 0, digits.length, 5);
  const padded = digits.length > 1 && digits[0] === ZERO;
  if (port < 0 || port > 65_535 || padded) throw malformed("port");
  return port;
}

function parseBlock(bytes: Uint8Array): ProxyHeader {
  const [command, kind] = bytes.subarray(SIGNATURE.length);
  const family = kind >> 4;
  const block = bytes.subarray(FIXED_PART);
  const nobody = { version: 2, source: null, destination: null, items: [] } as const;
  // The proxy speaks for itself, as in a health check; what follows is to be skipped.
  if (command === COMMAND.local) return nobody;
  const size = (kind & 0xf) === 0 ? 0 : ADDRESSES[family];
  if (block.length < size) throw malformed("length");
  // With an unspecified family or transport the size of the addresses is not known, and where items begin neither.
  if (size === 0) return nobody;
  const items = parseItems(bytes, FIXED_PART + size);
  // UNIX sockets and datagrams carry no address that SMTP could go by.
  if (family === FAMILY.unix || (kind & 0xf) !== STREAM) return { ...nobody, items };
  const half = (size - 4) / 2;
  const [source, destination] = [0, 1].map((i): ProxyEndpoint => {
    const at = 2 * half + 2 * i;
    const ip = formatIp(block.subarray(i * half, (i + 1) * half));
    return { ip, port: block[at] << 8 | block[at + 1] };
  });
  return { version: 2, source, destination, items };
}

function parseItems(bytes: Uint8Array, start: number): ProxyItem[] {
  const items: ProxyItem[] = [];
  let checksumAt = 0;
  for (let at = start; at < bytes.length;) {
    const type = bytes[at];
    const value = at + 3;
    const end = value + (bytes[at + 1] << 8 | bytes[at + 2]);
    if (value > bytes.length || end > bytes.length) throw malformed("length of an item");
    if (type === CRC32C) {
      if (end - value !== 4 || checksumAt > 0) throw malformed("checksum");
      checksumAt = value;
    } else if (type !== NOOP) items.push({ type, value: bytes.slice(value, end) });
    at = end;
  }
  if (checksumAt > 0) verifyChecksum(bytes, checksumAt);
  return items;
}

/** The checksum is computed as if it were zero itself (section 2.2.3). */
function verifyChecksum(bytes: Uint8Array, at: number): void {
  const copy = bytes.slice();
  const said = new DataView(copy.buffer).getUint32(at);
  copy.fill(0, at, at + 4);
  if (crc32c(copy) !== said) throw malformed("checksum");
}

function malformed(what: string): SyntaxError {
  return new SyntaxError(`Cannot read a PROXY header: its ${what} is wrong`);
}
