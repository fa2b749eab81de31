/**
 * Looks into the first flight of a TLS server, which the TLS engine does not show: the version
 * chosen, and whether the server knows secure renegotiation
 * ([RFC 5746](https://www.rfc-editor.org/rfc/rfc5746)). Pure: octets in, a finding out.
 *
 * @module
 */

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
  // legacy_version, random, session id with its length, cipher suite, compression method.
  if (body.length < 35) return null;
  let version = uint16(body, 0);
  let secureRenegotiation = false;
  const fixed = 35 + body[34] + 3;
  if (body.length < fixed) return null;
  if (body.length === fixed) return { version, secureRenegotiation };
  if (body.length < fixed + 2 || body.length !== fixed + 2 + uint16(body, fixed)) return null;
  let at = fixed + 2;
  while (at < body.length) {
    if (at + 4 > body.length) return null;
    const type = uint16(body, at);
    const length = uint16(body, at + 2);
    at += 4;
    if (at + length > body.length) return null;
    if (type === RENEGOTIATION_INFO) secureRenegotiation = true;
    if (type === SUPPORTED_VERSIONS && length === 2) version = uint16(body, at);
    at += length;
  }
  return { version, secureRenegotiation };
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at] << 8 | bytes[at + 1];
}
