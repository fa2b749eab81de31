/**
 * From the options that concern TLS to what the TLS path needs.
 *
 * @module
 */

import {
  type CertificateSource,
  loadCertificate,
  type LoadedCertificate,
} from "../session/transport/certificate.ts";
import {
  createServerContext,
  isLegacy,
  loadForge,
  type NamedCertificate,
  rsaCertificateFor,
  type SaslServerContext,
  type ServerTlsOptions,
} from "../session/transport/tls.ts";
import { serverLog } from "./log.ts";
import type { ServerCertificateSettings, ServerOptions } from "./options.ts";
import type { ResolvedOptions } from "./resolve.ts";

/**
 * Whether a certificate is set, be it in part: a key or authorities alone are a mistake to tell of, not to serve in clear.
 *
 * @param options The server's options.
 * @returns Whether one is.
 */
export function hasCertificate({ tls }: ServerOptions): boolean {
  const { cert, certFile, key, keyFile, rootCert, rootCertFile, certificates = [] } = tls ?? {};
  return certificates.length > 0 ||
    [cert, certFile, key, keyFile, rootCert, rootCertFile].some((part) => part !== undefined);
}

/**
 * Loads and checks the certificate, and warns of what will trouble clients.
 *
 * @param given The server's options.
 * @param options The same, resolved.
 * @param previous What a reload replaces; who was verified under it stays so when it resumes a session.
 * @param warn Told what will trouble clients; logs it unless given.
 * @returns How to set up TLS; null where `ssl` is false or no certificate is set.
 * @throws {TypeError} If the certificate cannot be used.
 */
export async function loadTls(
  given: ServerOptions,
  options: ResolvedOptions,
  previous: ServerTlsOptions | null = null,
  warn: (warning: string) => void = logWarning,
): Promise<ServerTlsOptions | null> {
  if (given.ssl === false || !hasCertificate(given)) return null;
  const { cert, certFile, key, keyFile, rootCert, rootCertFile } = given.tls ?? {};
  const source = { cert, certFile, key, keyFile, ca: rootCert, caFile: rootCertFile };
  const own = await load(source, warn);
  const certificates: NamedCertificate[] = [];
  for (const [index, entry] of (given.tls?.certificates ?? []).entries()) {
    certificates.push(await loadNamed(entry, `tls.certificates[${index}]`, warn));
  }
  const { ca } = own;
  const { minVersion, maxVersion } = options.protocols;
  const pair = { cert: own.cert, key: own.key, certificates, ca, minVersion, maxVersion };
  const context = createServerContext(pair, previous?.context);
  await checkLegacy(context);
  return {
    context,
    requestCert: ca.length > 0,
    rejectUnauthorized: ca.length > 0 && options.verifyClients,
    handshakeTimeout: options.timeouts.tlsHandshake,
    ...(options.alpn.length > 0 ? { alpn: options.alpn } : {}),
  };
}

function logWarning(warning: string): void {
  serverLog().warn("{warning}", { warning });
}

async function load(
  source: CertificateSource,
  warn: (warning: string) => void,
): Promise<LoadedCertificate> {
  const loaded = await loadCertificate(source);
  for (const warning of loaded.warnings) warn(warning);
  return loaded;
}

async function loadNamed(
  { names, ...source }: ServerCertificateSettings,
  option: string,
  warn: (warning: string) => void,
): Promise<NamedCertificate> {
  let loaded: LoadedCertificate;
  try {
    loaded = await load(source, warn);
  } catch (cause) {
    const { message } = cause as Error;
    throw new TypeError(`${message} (${option})`, { cause });
  }
  if (names === undefined && loaded.names.length === 0) {
    throw new TypeError(`Cannot use the certificate: it names no host; set "names" (${option})`);
  }
  const { cert, key } = loaded;
  return { cert, key, names: (names ?? loaded.names).map((name) => name.toLowerCase()) };
}

/** What TLS 1.0 and 1.1 need, and what must not be asked for since they would not give it. */
async function checkLegacy(context: SaslServerContext): Promise<void> {
  const { minVersion = "TLSv1.2", ca = [] } = context.options;
  if (!isLegacy(minVersion)) return;
  if (ca.length > 0) {
    throw new TypeError(
      'Cannot serve TLS 1.0 and 1.1: "tls.legacy" and "tls.rootCertFile" are both set, and client certificates need ' +
        "TLS 1.2; use two listeners",
    );
  }
  if (rsaCertificateFor(context, null) === null) {
    throw new TypeError(
      "Cannot serve TLS 1.0 and 1.1: they need a certificate with an RSA key, and none is set; add one to " +
        '"tls.certificates"',
    );
  }
  // Whether it can be loaded shows now, not with the first client.
  await loadForge();
}
