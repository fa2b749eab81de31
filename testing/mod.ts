/**
 * A mail server for tests: it takes every message, hands it out, and goes wrong where a test says so.
 *
 * @example Test a program that sends mail
 * ```ts
 * import { Client } from "@infinity/smtp/client";
 * import { startMailServer } from "@infinity/smtp/testing";
 * import { assertStringIncludes } from "@std/assert";
 *
 * await using mail = await startMailServer();
 *
 * // Stands for the program.
 * await using client = new Client(mail.clientOptions);
 * await client.connect();
 * await client.sendMail("From: us@example.com\r\nTo: ada@example.com\r\nSubject: Welcome\r\n\r\nGood to have you here.\r\n");
 *
 * const message = await mail.next({ to: "ada@example.com", subject: "Welcome" });
 * assertStringIncludes(message.text, "Good to have you here.");
 * ```
 *
 * @module
 */

export { type MailServer, startMailServer } from "./mail_server.ts";
export { connectPair, type MailPair } from "./connect_pair.ts";
export type { MailServerOptions } from "./options.ts";
export type { CertificateKind } from "./certificates.ts";
export type { CapturedMessage } from "./message.ts";
export type { ParsedAddress, ParsedAttachment, ParsedMessage } from "./parsed_message.ts";
export type { MessageFilter } from "./inbox.ts";
export type { Transcript } from "./transcript.ts";
export type {
  DelayFault,
  DropFault,
  Fault,
  FaultControl,
  FaultPlace,
  FaultPoint,
  ReplyFault,
  SplitFault,
  StallFault,
} from "./fault.ts";
export type { Wait } from "./fault_script.ts";
export type * from "../client/mod.ts";
export type { ServerLimits, ServerTimeouts } from "../session/limits.ts";
export type { CertificateFacts, TlsFactsForHandlers } from "../session/handler/facts.ts";
