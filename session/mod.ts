/**
 * What both ends of an SMTP session and the handler scripts agree on: the session types that a handler script
 * imports, replies, errors and traces.
 *
 * @example A handler script, `smtp/login.ts`
 * ```ts
 * import type { LoginSession } from "@infinity/smtp/session";
 *
 * export default function login(session: LoginSession): void {
 *   session.authenticated = session.username === "ada" && session.password === "analytical";
 * }
 * ```
 *
 * @module
 */

export type * from "./handler/events.ts";
export type {
  CertificateFacts,
  EndpointFacts,
  PathFacts,
  ProxyFacts,
  ProxyTlv,
  TlsFactsForHandlers,
  ViaFacts,
} from "./handler/facts.ts";
export { formatReceived, type ReceivedFacts, type ReceivedOptions } from "./received.ts";
export type * from "./sasl/mechanism.ts";
export { SmtpError, type SmtpErrorKind, type SmtpErrorOptions } from "./errors.ts";
export { formatTraceLine, type TraceLine } from "./trace.ts";
export { formatReplyText, type Reply } from "./wire/reply.ts";
