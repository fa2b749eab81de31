/**
 * What the TLS of a server rests on: its certificates, and which of them a client gets.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import * as tls from "node:tls";
import { serverEndPoint } from "./end_point.ts";
import { checkVersions, isLegacy, type TlsVersion } from "./tls_versions.ts";
import { VerifiedCertificates } from "./verified_certificates.ts";

/** A certificate and its key. */
export interface CertificatePair {
  /** The certificate chain, in PEM. */
  cert: string;
  /** The private key, in PEM. */
  key: string;
}

/** A certificate for clients that ask for one of its names. */
export interface NamedCertificate extends CertificatePair {
  /** The names, in lower case; `*` may be the leftmost label. */
  names: readonly string[];
}

/** What a server's TLS rests on, made once for all its connections. Plain data. */
export interface ServerContextOptions extends CertificatePair {
  /** Certificates for clients that ask for their names (SNI); any other client gets the one above. */
  certificates?: readonly NamedCertificate[];
  /** The authorities that client certificates are verified against, in PEM. */
  ca?: readonly string[];
  /**
   * The lowest version. Below TLS 1.2 another engine serves, which is loaded on use.
   *
   * @default {"TLSv1.2"}
   */
  minVersion?: TlsVersion;
  /**
   * The highest version.
   *
   * @default {"TLSv1.3"}
   */
  maxVersion?: TlsVersion;
}

/** A certificate of a server, ready for use. */
export interface ServerCertificate extends Readonly<NamedCertificate> {
  /** The engine's form of it. */
  readonly secureContext: tls.SecureContext;
  /** Its channel binding; null where it has none. */
  readonly serverEndPoint: Uint8Array | null;
  /** Whether its key is an RSA key. */
  readonly rsa: boolean;
}

/** What {@linkcode createServerContext} has made. */
export interface SaslServerContext {
  /** What it was made of. */
  readonly options: ServerContextOptions;
  /** The certificates; the default one is the last. */
  readonly certificates: readonly ServerCertificate[];
  /** The client certificates that were seen to hold under it. */
  readonly verified: VerifiedCertificates;
}

/**
 * Prepares what all TLS connections of a server share.
 *
 * @param options The certificates, their keys, and the versions.
 * @param previous The context that this one takes over from, where a certificate is renewed: with the same authorities, the
 * clients that it has verified can go on resuming their sessions.
 * @returns The context.
 * @throws {TypeError} If the versions leave none to choose from.
 */
export function createServerContext(
  options: ServerContextOptions,
  previous?: SaslServerContext,
): SaslServerContext {
  const { cert, key, ca = [], certificates = [] } = options;
  checkVersions(options.minVersion, options.maxVersion);
  const all = [...certificates, { cert, key, names: [] }];
  return {
    options,
    certificates: all.map((one) => ready(one, options)),
    verified: previous !== undefined && sameTexts(previous.options.ca ?? [], ca)
      ? previous.verified
      : new VerifiedCertificates(),
  };
}

function ready(certificate: NamedCertificate, options: ServerContextOptions): ServerCertificate {
  const { cert, key } = certificate;
  const own = new X509Certificate(cert);
  return {
    ...certificate,
    secureContext: tls.createSecureContext({ ...engineOptions(options), cert, key }),
    serverEndPoint: serverEndPoint(own.raw),
    rsa: own.publicKey.asymmetricKeyType === "rsa",
  };
}

/**
 * What `node:tls` is told of a context.
 *
 * @param options The context's options.
 * @returns The default certificate, authorities and versions.
 */
export function engineOptions(options: ServerContextOptions): tls.SecureContextOptions {
  const { cert, key, ca, minVersion = "TLSv1.2", maxVersion = "TLSv1.3" } = options;
  return {
    cert,
    key,
    minVersion: isLegacy(minVersion) ? "TLSv1.2" : minVersion,
    maxVersion: isLegacy(maxVersion) ? "TLSv1.2" : maxVersion,
    ...(ca === undefined ? {} : { ca: [...ca] }),
  };
}

/**
 * Chooses the certificate for a client (SNI, [RFC 6066](https://www.rfc-editor.org/rfc/rfc6066) section 3).
 *
 * @param context The server's context.
 * @param servername The name that the client asks for; null where it names none.
 * @returns The first certificate that has the name, else the default one.
 */
export function certificateFor(
  { certificates }: SaslServerContext,
  servername: string | null,
): ServerCertificate {
  const asked = (servername ?? "").toLowerCase();
  // Some clients send the dot that an absolute name may end with.
  const host = asked.endsWith(".") ? asked.slice(0, -1) : asked;
  const named = certificates.find(({ names }) => names.some((name) => covers(name, host)));
  return named ?? certificates[certificates.length - 1];
}

/** Whether a name of a certificate means a host (RFC 9525 section 6.3: `*` stands for one label, the leftmost). */
function covers(name: string, host: string): boolean {
  if (name === host) return true;
  const dot = host.indexOf(".");
  return dot > 0 && name.startsWith("*.") && name.slice(1) === host.slice(dot);
}

/**
 * Chooses the certificate for a client that takes none but RSA keys.
 *
 * @param context The server's context.
 * @param servername The name that the client asks for; null where it names none.
 * @returns The one that other clients get, if it has an RSA key, else the first that has; null where there is none.
 */
export function rsaCertificateFor(
  context: SaslServerContext,
  servername: string | null,
): ServerCertificate | null {
  const usual = certificateFor(context, servername);
  return usual.rsa ? usual : context.certificates.find(({ rsa }) => rsa) ?? null;
}

function sameTexts(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((text, i) => text === others[i]);
}
