/**
 * An SMTP client: {@linkcode Client}.
 *
 * @example Send a message through a server on this machine
 * ```ts ignore
 * import { Client, EncryptMode } from "@infinity/smtp/client";
 *
 * await using client = new Client({ host: "127.0.0.1", port: 2525, encryptMode: EncryptMode.none });
 * await client.connect();
 * await client.sendMail("From: ada@example.org\r\nTo: bob@example.org\r\nSubject: Hello\r\n\r\nHello, Bob.\r\n");
 * await client.disconnect();
 * ```
 *
 * @module
 */

export { Client, Client as client } from "./client.ts";
export { AuthMode, EncryptMode } from "./enums.ts";
export type { EnvelopeInit } from "./message/envelope.ts";
export type { DeliverByOptions, DeliveryOptions, DsnOptions } from "./extensions/options.ts";
export type { Mail, MailLike } from "./message/mail_source.ts";
export type {
  CallOptions,
  ClientLimits,
  ClientOptions,
  ClientTimeouts,
  ClientTlsSettings,
  SendOptions,
  TokenFunction,
} from "./options.ts";
export type { ProxyOptions } from "./proxy.ts";
export type { Notify, RecipientInit } from "./message/recipient.ts";
export { type RecipientResult, SendError, type SendReport } from "./transaction/report.ts";
export type { ServerFacts } from "./session.ts";
export { SmtpError, type SmtpErrorKind, type SmtpErrorOptions } from "../session/errors.ts";
export type * from "../session/sasl/mechanism.ts";
export { formatTraceLine, type TraceLine } from "../session/trace.ts";
export type { PeerCertificate, TlsFacts } from "../session/transport/channel.ts";
export type { TlsVersion } from "../session/transport/tls.ts";
export { formatReplyText, type Reply } from "../session/wire/reply.ts";
