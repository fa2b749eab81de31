/**
 * The channel binding `tls-server-end-point` ([RFC 5929](https://www.rfc-editor.org/rfc/rfc5929) section 4): what ties a
 * login to the certificate of the server that it is meant for.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { EMPTY } from "../wire/bytes.ts";

/** The hash of each signature algorithm, by its object identifier in hexadecimal. MD5 and SHA-1 make way for SHA-256. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ["2a864886f70d010104", "sha256"], // md5WithRSAEncryption
  ["2a864886f70d010105", "sha256"], // sha1WithRSAEncryption
  ["2a864886f70d01010e", "sha224"], // sha224WithRSAEncryption
  ["2a864886f70d01010b", "sha256"], // sha256WithRSAEncryption
  ["2a864886f70d01010c", "sha384"], // sha384WithRSAEncryption
  ["2a864886f70d01010d", "sha512"], // sha512WithRSAEncryption
  ["2a8648ce3d0401", "sha256"], // ecdsa-with-SHA1
  ["2a8648ce3d040301", "sha224"], // ecdsa-with-SHA224
  ["2a8648ce3d040302", "sha256"], // ecdsa-with-SHA256
  ["2a8648ce3d040303", "sha384"], // ecdsa-with-SHA384
  ["2a8648ce3d040304", "sha512"], // ecdsa-with-SHA512
]);

/** RSASSA-PSS names its hash in its parameters. */
const RSASSA_PSS = "2a864886f70d01010a";

const PSS_HASHES: ReadonlyMap<string, string> = new Map([
  ["2b0e03021a", "sha256"], // SHA-1
  ["608648016503040204", "sha224"],
  ["608648016503040201", "sha256"],
  ["608648016503040202", "sha384"],
  ["608648016503040203", "sha512"],
]);

/**
 * Makes the channel binding of a server's certificate: its hash, by the hash of its own signature.
 *
 * @param certificate The certificate, in DER.
 * @returns The binding; null where the signature has no hash of its own, as EdDSA (RFC 5929 leaves that undefined), or one
 * that is not known here.
 */
export function serverEndPoint(certificate: Uint8Array): Uint8Array | null {
  const hash = signatureHash(certificate);
  if (hash === null) return null;
  return new Uint8Array(createHash(hash).update(certificate).digest());
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } (RFC 5280 section 4.1) */
function signatureHash(certificate: Uint8Array): string | null {
  const [whole] = elements(certificate, 1);
  const [, algorithm] = elements(whole?.content, 2);
  const [identifier, parameters] = elements(algorithm?.content, 2);
  const name = identifier?.content.toHex();
  return name === RSASSA_PSS ? pssHash(parameters) : HASHES.get(name ?? "") ?? null;
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] DEFAULT sha1, … } (RFC 4055 section 3.1) */
function pssHash(parameters: Element | undefined): string | null {
  const [first] = elements(parameters?.content, 1);
  if (first?.tag !== 0xa0) return "sha256";
  const [algorithm] = elements(first.content, 1);
  const [identifier] = elements(algorithm?.content, 1);
  return PSS_HASHES.get(identifier?.content.toHex() ?? "") ?? null;
}

/** One value in DER. */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The first values of some DER; fewer where it ends before or is no DER. */
function elements(der: Uint8Array = EMPTY, most: number): (Element | undefined)[] {
  const found: Element[] = [];
  for (let at = 0; found.length < most && at + 2 <= der.length;) {
    const short = der[at + 1] < 0x80;
    const digits = short ? 0 : der[at + 1] - 0x80;
    if (digits > 3) break;
    let length = short ? der[at + 1] : 0;
    for (let i = 0; i < digits; i++) length = length * 256 + der[at + 2 + i];
    const start = at + 2 + digits;
    if (!(start + length <= der.length)) break;
    found.push({ tag: der[at], content: der.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
