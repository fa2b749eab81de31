/**
 * The one error type of both ends.
 *
 * @module
 */

import type { Reply } from "./wire/reply.ts";

/**
 * What went wrong, in one word:
 * - `reply`: the peer answered with a reply that refuses;
 * - `protocol`: the peer broke the protocol (a malformed, endless or unexpected reply);
 * - `timeout`: a deadline passed;
 * - `connection`: the connection could not be made, or was lost;
 * - `tls`: TLS could not be set up, or the certificate did not hold;
 * - `auth`: no authentication mechanism could be used;
 * - `aborted`: the caller's signal ended it;
 * - `unsupported`: the peer lacks an extension that this message needs.
 */
export type SmtpErrorKind =
  | "reply"
  | "protocol"
  | "timeout"
  | "connection"
  | "tls"
  | "auth"
  | "aborted"
  | "unsupported";

/** What is known about an {@linkcode SmtpError}, beside its message. */
export interface SmtpErrorOptions extends ErrorOptions {
  /** The reply that refused, where there was one. */
  reply?: Reply | null;
  /** The command that was answered so, its secrets masked. */
  command?: string | null;
  /** Whether the same attempt may succeed later. */
  temporary?: boolean;
  /** What became of the message, where one was under way. */
  outcome?: "not sent" | "unknown" | null;
}

/**
 * An SMTP session that did not do what was asked of it.
 *
 * @example Tell a refusal that may pass from one that will not
 * ```ts
 * import { SmtpError } from "@infinity/smtp/session";
 * import { assert } from "@std/assert";
 *
 * const error = new SmtpError("reply", "Cannot send: the server refused", { temporary: true });
 * assert(error.kind === "reply" && error.temporary);
 * ```
 */
export class SmtpError extends Error {
  /** Always `SmtpError`. */
  override readonly name = "SmtpError";
  /** What went wrong, in one word. */
  readonly kind: SmtpErrorKind;
  /** The reply that refused; null where there was none. */
  readonly reply: Reply | null;
  /** The command that was answered so, its secrets masked; null where there was none. */
  readonly command: string | null;
  /** Whether the same attempt may succeed later. */
  readonly temporary: boolean;
  /**
   * What became of the message that was under way: `"not sent"` when nothing was accepted,
   * `"unknown"` when the session ended between the final dot and its reply; null where there was no message.
   */
  readonly outcome: "not sent" | "unknown" | null;

  /**
   * Makes an error.
   *
   * @param kind What went wrong, in one word.
   * @param message The text for people; never holds a secret or a raw octet of the peer's.
   * @param options What else is known.
   */
  constructor(kind: SmtpErrorKind, message: string, options: SmtpErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.reply = options.reply ?? null;
    this.command = options.command ?? null;
    this.temporary = options.temporary ??
      (this.reply === null ? kind === "timeout" || kind === "connection" : this.reply.code < 500);
    this.outcome = options.outcome ?? null;
  }

  /** The enhanced status code of the reply (RFC 3463), such as `"5.7.1"`; null where there is none. */
  get enhanced(): string | null {
    return this.reply?.enhanced ?? null;
  }
}
