/**
 * Looks into the first message of a TLS client: which versions it has. Pure: octets in, a finding out.
 *
 * @module
 */

import { extensionsOf, uint16, vector } from "./hello_fields.ts";
import { HelloParser } from "./hello_parser.ts";

/** What a ClientHello says. */
export interface ClientHelloFinding {
  /** The highest version that is known here and offered: 0x0301 is TLS 1.0, 0x0304 is TLS 1.3. */
  readonly version: number;
  /**
   * Whether the client has a higher version and has failed with it
   * ([RFC 7507](https://www.rfc-editor.org/rfc/rfc7507)): somebody in between may have seen to that.
   */
  readonly fallback: boolean;
  /** The server name (SNI); null where none was sent. */
  readonly servername: string | null;
}

const CLIENT_HELLO = 1;
const FALLBACK_SCSV = 0x5600;
const SERVER_NAME = 0x0000;
const SUPPORTED_VERSIONS = 0x002b;
const TLS_1_3 = 0x0304;

/**
 * Makes a parser for what a TLS client sends first.
 *
 * @returns The parser.
 */
export function clientHelloParser(): HelloParser<ClientHelloFinding> {
  return new HelloParser(CLIENT_HELLO, parseClientHello);
}

/**
 * Reads the body of a ClientHello ([RFC 5246](https://www.rfc-editor.org/rfc/rfc5246) 7.4.1.2,
 * [RFC 8446](https://www.rfc-editor.org/rfc/rfc8446) 4.1.2).
 *
 * @param body The message without its four octets of type and length.
 * @returns What it says; null where it is malformed.
 */
export function parseClientHello(body: Uint8Array): ClientHelloFinding | null {
  // legacy_version and random.
  const session = vector(body, 34, 1);
  const suites = session && vector(body, session.end, 2);
  const compression = suites && vector(body, suites.end, 1);
  if (!suites || !compression) return null;
  const extensions = extensionsOf(body, compression.end);
  if (extensions === null) return null;
  const version = highest(extensions.get(SUPPORTED_VERSIONS)) ?? uint16(body, 0);
  const fallback = uint16s(suites.content).includes(FALLBACK_SCSV);
  return { version, fallback, servername: hostName(extensions.get(SERVER_NAME)) };
}

/** The highest version that is one; others are there to see who falls over them (RFC 8701). */
function highest(versions: Uint8Array | undefined): number | null {
  const list = versions && vector(versions, 0, 1);
  if (!list) return null;
  const known = uint16s(list.content).filter((version) => version <= TLS_1_3);
  return known.length === 0 ? null : Math.max(...known);
}

/** ServerNameList: one name of type 0, a host (RFC 6066 section 3). */
function hostName(names: Uint8Array | undefined): string | null {
  const list = names && vector(names, 0, 2);
  if (!list || list.content[0] !== 0) return null;
  const host = vector(list.content, 1, 2)?.content;
  if (!host || host.length === 0 || host.length > 255) return null;
  return host.every((octet) => octet > 0x20 && octet < 0x7f) ? String.fromCharCode(...host) : null;
}

function uint16s(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length >> 1 }, (_, i) => uint16(bytes, 2 * i));
}
