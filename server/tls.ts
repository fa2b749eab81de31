/**
 * From the options that concern TLS to what the TLS path needs.
 *
 * @module
 */

import { loadCertificate } from "../session/transport/certificate.ts";
import { createServerContext, type ServerTlsOptions } from "../session/transport/tls.ts";
import { serverLog } from "./log.ts";
import type { ServerOptions } from "./options.ts";
import type { ResolvedOptions } from "./resolve.ts";

/**
 * Whether a certificate is set, be it in part: a key or authorities alone are a mistake to tell of, not to serve in clear.
 *
 * @param options The server's options.
 * @returns Whether one is.
 */
export function hasCertificate({ tls }: ServerOptions): boolean {
  const { cert, certFile, key, keyFile, rootCert, rootCertFile } = tls ?? {};
  return [cert, certFile, key, keyFile, rootCert, rootCertFile].some((part) => part !== undefined);
}

/**
 * Loads and checks the certificate, and warns of what will trouble clients.
 *
 * @param given The server's options.
 * @param options The same, resolved.
 * @param previous What a reload replaces; who was verified under it stays so when it resumes a session.
 * @returns How to set up TLS; null where `ssl` is false or no certificate is set.
 * @throws {TypeError} If the certificate cannot be used.
 */
export async function loadTls(
  given: ServerOptions,
  options: ResolvedOptions,
  previous: ServerTlsOptions | null = null,
): Promise<ServerTlsOptions | null> {
  if (given.ssl === false || !hasCertificate(given)) return null;
  const { cert, certFile, key, keyFile, rootCert, rootCertFile } = given.tls ?? {};
  const source = { cert, certFile, key, keyFile, ca: rootCert, caFile: rootCertFile };
  const loaded = await loadCertificate(source);
  for (const warning of loaded.warnings) serverLog().warn("{warning}", { warning });
  const { minVersion, maxVersion } = options.protocols;
  const { ca } = loaded;
  const pair = { cert: loaded.cert, key: loaded.key, ca, minVersion, maxVersion };
  return {
    context: createServerContext(pair, previous?.context),
    requestCert: ca.length > 0,
    rejectUnauthorized: ca.length > 0 && options.verifyClients,
    handshakeTimeout: options.timeouts.tlsHandshake,
  };
}
