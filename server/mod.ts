/**
 * An SMTP server that gives every step of a mail transaction to a handler: a script in a worker with only the
 * permissions that it was granted, or a function.
 *
 * @example Receive mail with a handler script
 * ```ts no-assert
 * import { Server } from "@infinity/smtp/server";
 *
 * const server = new Server({ hostname: "127.0.0.1", port: 2525 });
 * server.onReceive = "smtp/receive.ts";
 * ```
 *
 * @module
 */

export { Server, Server as server } from "./server.ts";
export { ServerGroup } from "./group.ts";
export { Protocol } from "./protocol.ts";
export type { ExtensionOptions } from "./extensions/options.ts";
export type { StopReport } from "./lifecycle.ts";
export type {
  AuthOptions,
  ServerCertificateSettings,
  ServerHandlers,
  ServerOptions,
  ServerTlsSettings,
} from "./options.ts";
export type { TrustOptions } from "./network/trust.ts";
export type { ServerLimits, ServerTimeouts } from "../session/limits.ts";
export type { TraceLine } from "../session/trace.ts";
export type {
  Handler,
  HandlerGrants,
  HandlerPermissions,
  HandlerSpec,
} from "./handler_pool/mod.ts";
export type * from "../session/handler/events.ts";
export type * from "../session/sasl/mechanism.ts";
export { createStoredKey, type StoredKeyOptions } from "../session/sasl/stored_key.ts";
export type {
  CertificateFacts,
  EndpointFacts,
  PathFacts,
  ProxyFacts,
  ProxyTlv,
  TlsFactsForHandlers,
  ViaFacts,
} from "../session/handler/facts.ts";
