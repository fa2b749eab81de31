/**
 * What an extension of SMTP is to a client: options of a send, and parameters of MAIL and RCPT.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import type { TlsFacts } from "../../session/transport/channel.ts";
import type { Capabilities } from "../../session/wire/capabilities.ts";
import type { Message } from "../message/message.ts";
import type { Recipient } from "../message/recipient.ts";
import type { DeliveryOptions } from "./options.ts";

/** A message that is about to be sent, and to whom: all that a parameter may depend on. */
export interface Transfer {
  /** What the server offers. */
  readonly capabilities: Capabilities;
  /** The TLS session; null in clear. */
  readonly tls: TlsFacts | null;
  /** The message. */
  readonly message: Message;
  /** What the caller asks for. */
  readonly asked: DeliveryOptions;
  /** What of it needs SMTPUTF8, for people; null where nothing does, and it is sent without. */
  readonly international: string | null;
}

/** One extension. All that the client knows of it stands in its file. */
export interface Extension {
  /** Its keyword in the reply to EHLO, in upper case. */
  readonly keyword: string;
  /** The options of a send that it owns, each with a check that returns what counts, or throws. */
  readonly options?: Readonly<Record<string, OptionCheck>>;
  /**
   * The parameters of MAIL.
   *
   * @throws {SmtpError} If the server cannot do what is asked.
   */
  readonly mail?: (transfer: Transfer) => readonly string[];
  /**
   * The parameters of a RCPT.
   *
   * @throws {SmtpError} As `mail`.
   */
  readonly rcpt?: (transfer: Transfer, recipient: Recipient) => readonly string[];
}

/**
 * Checks an option that is not undefined.
 *
 * @param value Its value.
 * @param others The other options, where they matter.
 */
export type OptionCheck = (value: unknown, others: Readonly<Record<string, unknown>>) => unknown;

/**
 * Makes sure that the server offers an extension that is needed.
 *
 * @param capabilities What the server offers.
 * @param keyword The extension's keyword.
 * @param why What needs it, as `"dsn"`.
 * @returns The parameters that the server gave with the keyword.
 * @throws {SmtpError} Kind `unsupported` if it does not.
 */
export function needed(
  capabilities: Capabilities,
  keyword: string,
  why: string,
): readonly string[] {
  const params = capabilities.get(keyword);
  if (params !== undefined) return params;
  throw unsupported(`${why} needs ${keyword}, which the server does not offer`);
}

/**
 * The error for what the server cannot do.
 *
 * @param why What it is.
 * @returns The error.
 */
export function unsupported(why: string): SmtpError {
  return new SmtpError("unsupported", `Cannot send: ${why}`, { outcome: "not sent" });
}
