/**
 * Looks into the first flight of a TLS server, which the TLS engine does not show: the version
 * chosen, and whether the server knows secure renegotiation
 * ([RFC 5746](https://www.rfc-editor.org/rfc/rfc5746)). Pure: octets in, a finding out.
 *
 * @module
 */

import { extensionsOf, uint16, vector } from "./hello_fields.ts";
import { HelloParser } from "./hello_parser.ts";

/** What a ServerHello says. */
export interface ServerHelloFinding {
  /** The version chosen: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3. */
  readonly version: number;
  /** Whether it holds the extension renegotiation_info. */
  readonly secureRenegotiation: boolean;
}

const SERVER_HELLO = 2;
const RENEGOTIATION_INFO = 0xff01;
const SUPPORTED_VERSIONS = 0x002b;

/**
 * Makes a parser for what a TLS server sends first.
 *
 * @returns The parser.
 */
export function serverHelloParser(): HelloParser<ServerHelloFinding> {
  return new HelloParser(SERVER_HELLO, parseServerHello);
}

/**
 * Reads the body of a ServerHello ([RFC 5246](https://www.rfc-editor.org/rfc/rfc5246) 7.4.1.3,
 * [RFC 8446](https://www.rfc-editor.org/rfc/rfc8446) 4.1.3).
 *
 * @param body The message without its four octets of type and length.
 * @returns What it says; null where it is malformed.
 */
export function parseServerHello(body: Uint8Array): ServerHelloFinding | null {
  // legacy_version and random.
  const session = vector(body, 34, 1);
  // Cipher suite and compression method.
  const extensions = session && extensionsOf(body, session.end + 3);
  if (extensions === null) return null;
  const chosen = extensions.get(SUPPORTED_VERSIONS);
  const version = chosen?.length === 2 ? uint16(chosen, 0) : uint16(body, 0);
  return { version, secureRenegotiation: extensions.has(RENEGOTIATION_INFO) };
}
