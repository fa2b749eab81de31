/**
 * Whether the certificate of a server of TLS 1.0 or 1.1 holds, which no engine of the runtime says.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { splitPem } from "../certificate.ts";
import { type Forge, type ForgeCertificate, fromBinary } from "./forge.ts";

/** A certificate that the server has shown, in the forms of both. */
export interface ShownCertificate {
  /** The runtime's. */
  readonly x509: X509Certificate;
  /** The library's. */
  readonly forge: ForgeCertificate;
}

/** The most certificates on the way to an authority. */
const LONGEST_PATH = 8;

/** The least RSA key, in bits: the oldest devices have no more. */
const LEAST_KEY = 1024;

/** The purpose that is any, which has no name in the library (RFC 5280 section 4.2.1.12). */
const ANY_PURPOSE = "2.5.29.37.0";

/**
 * Takes over certificates from the library.
 *
 * @param forge The library.
 * @param chain The certificates.
 * @returns The same in both forms.
 * @throws {Error} If one is malformed.
 */
export function shown(forge: Forge, chain: readonly ForgeCertificate[]): ShownCertificate[] {
  return chain.map((one) => {
    const der = forge.asn1.toDer(forge.pki.certificateToAsn1(one)).getBytes();
    return { x509: new X509Certificate(fromBinary(der)), forge: one };
  });
}

/**
 * Finds out why a chain does not hold: the host, the dates, the signatures, and whether it leads to an authority. The way
 * there is found with the runtime's means; then the library judges it too, since it knows the constraints of authorities,
 * which the runtime does not show.
 *
 * @param forge The library.
 * @param chain What the server has shown, its own certificate first.
 * @param host The host that it must name.
 * @param ca Authorities to trust beside those that the runtime brings along, in PEM.
 * @returns A code, such as OpenSSL has; null where all is well.
 */
export function chainFault(
  forge: Forge,
  chain: readonly ShownCertificate[],
  host: string,
  ca: readonly string[],
): string | null {
  const fault = nameFault(chain[0].x509, host);
  if (fault !== null) return fault;
  const anchors = [...ca.flatMap(splitPem), ...rootCertificates].map((pem) =>
    new X509Certificate(pem)
  );
  const path: ShownCertificate[] = [];
  for (let at: ShownCertificate | undefined = chain[0]; path.length < LONGEST_PATH;) {
    const { x509 }: ShownCertificate = at;
    const fault = ownFault(x509) ?? purposeFault(at);
    if (fault !== null) return fault;
    path.push(at);
    if (anchors.some((anchor) => anchor.fingerprint512 === x509.fingerprint512)) {
      return path.length === 1 ? null : pathFault(forge, path, x509);
    }
    const anchor = anchors.find((anchor) => issued(anchor, x509));
    if (anchor !== undefined) return ownFault(anchor) ?? pathFault(forge, path, anchor);
    at = chain.find((one) => !path.includes(one) && issued(one.x509, x509));
    if (at === undefined) break;
  }
  const [{ x509: { subject, issuer } }] = path;
  return subject === issuer ? "DEPTH_ZERO_SELF_SIGNED_CERT" : "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
}

/** A name in the subject alone does not count (RFC 9525 section 2). */
function nameFault(own: X509Certificate, host: string): string | null {
  const names = own.subjectAltName ?? "";
  if (!names.includes("DNS:") && !names.includes("IP Address:")) return "NO_SUBJECT_ALT_NAME";
  const found = isIP(host) === 0
    ? own.checkHost(host.toLowerCase(), { subject: "never" })
    : own.checkIP(host);
  return found === undefined ? "ERR_TLS_CERT_ALTNAME_INVALID" : null;
}

/** What is wrong with a certificate, whoever has issued it. */
function ownFault(certificate: X509Certificate): string | null {
  const now = Date.now();
  if (Date.parse(certificate.validTo) < now) return "CERT_HAS_EXPIRED";
  if (Date.parse(certificate.validFrom) > now) return "CERT_NOT_YET_VALID";
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  return asymmetricKeyType === "rsa" && bits < LEAST_KEY ? "EE_KEY_TOO_SMALL" : null;
}

/** What says what it is for must be for TLS servers; the runtime does not show it. */
function purposeFault({ forge }: ShownCertificate): string | null {
  const purposes = forge.getExtension("extKeyUsage");
  return purposes === null || purposes.serverAuth === true || purposes[ANY_PURPOSE] === true
    ? null
    : "INVALID_PURPOSE";
}

/** Whether one certificate was issued by another. A signature by MD5 or SHA-1 shows nothing. */
function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  const algorithm = String(Reflect.get(certificate, "signatureAlgorithm")).toLowerCase();
  if (algorithm.includes("md5") || algorithm.includes("sha1")) return false;
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** What the library says of a way from the server's certificate to an authority. */
function pathFault(
  { pki }: Forge,
  path: readonly ShownCertificate[],
  anchor: X509Certificate,
): string | null {
  try {
    const store = pki.createCaStore([pki.certificateFromPem(anchor.toString())]);
    const all = path.map(({ forge }) => forge);
    return pki.verifyCertificateChain(store, all) ? null : "INVALID_CA";
  } catch {
    return "INVALID_CA";
  }
}
