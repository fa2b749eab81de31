/**
 * The one way in which a channel becomes a TLS channel: server and client, at once or after
 * STARTTLS. The engine is `node:tls` over a {@linkcode Gate}.
 *
 * @module
 */

export {
  createServerContext,
  type NamedCertificate,
  rsaCertificateFor,
  type SaslServerContext,
  type ServerContextOptions,
} from "./tls_context.ts";
export { loadForge } from "./legacy/forge.ts";
export { type ServerTlsOptions, upgradeServer } from "./tls_server.ts";
export { type ClientTlsOptions, upgradeClient } from "./tls_client.ts";
export { isLegacy, type TlsVersion } from "./tls_versions.ts";
