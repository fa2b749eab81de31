/**
 * What became of a message, recipient by recipient.
 *
 * @module
 */

import { SmtpError, type SmtpErrorKind, type SmtpErrorOptions } from "../../session/errors.ts";
import type { Reply } from "../../session/wire/reply.ts";

/** What the server said to one recipient. */
export interface RecipientResult {
  /** The recipient's address, as it was sent. */
  readonly address: string;
  /** Whether the server accepted the recipient; the message has reached them only where the outcome is `"sent"`. */
  readonly accepted: boolean;
  /** What became of the message for this recipient. */
  readonly outcome: "sent" | "not sent" | "unknown";
  /** The reply to RCPT, or what refused the recipient together with others: the reply to MAIL, or in LMTP to the message; null where none came. */
  readonly reply: Reply | null;
  /** Whether a later attempt may succeed: refused with a 4yz reply, or without any. False where accepted. */
  readonly temporary: boolean;
}

/** What became of a message. */
export interface SendReport {
  /**
   * - `"sent"`: the server has taken the message for every accepted recipient;
   * - `"not sent"`: it has taken it for nobody;
   * - `"unknown"`: the session ended between the end of the message and the reply to it. To send it again may
   *   deliver it twice ([RFC 1047](https://www.rfc-editor.org/rfc/rfc1047)). Some recipients may have got it all the same,
   *   where the server takes them in several transactions, or answers for each: see their own `outcome`.
   */
  readonly outcome: "sent" | "not sent" | "unknown";
  /** The sender's address; empty for the null reverse-path. */
  readonly from: string;
  /** What the server said to each recipient, in order. */
  readonly recipients: readonly RecipientResult[];
  /** Those recipients that were accepted. */
  readonly accepted: readonly RecipientResult[];
  /** Those recipients that were not. */
  readonly rejected: readonly RecipientResult[];
  /** The reply to the message itself, the first of several, or else the one that refused; null where none came. */
  readonly reply: Reply | null;
  /** The octets of the message that were written, without stuffed dots, however often it was sent. */
  readonly size: number;
}

/**
 * A message that was not sent, or of which that is not known.
 *
 * @example See who was refused, and why
 * ```ts
 * import { SendError, type SendReport } from "@infinity/smtp/client";
 * import { assertEquals } from "@std/assert";
 *
 * const reply = { code: 550, enhanced: "5.1.1", lines: ["no such user"] };
 * const outcome = "not sent";
 * const refused = { address: "eve@example.org", accepted: false, outcome, reply, temporary: false } as const;
 * const report: SendReport = {
 *   outcome, from: "ada@example.org", recipients: [refused], accepted: [], rejected: [refused], reply, size: 0,
 * };
 * const error = new SendError("reply", "Cannot send: the server refused every recipient", { reply }, report);
 * assertEquals(error.report.rejected[0].reply?.enhanced, "5.1.1");
 * assertEquals(error.outcome, "not sent");
 * ```
 */
export class SendError extends SmtpError {
  /** What became of the message. */
  readonly report: SendReport;

  /**
   * Makes an error.
   *
   * @param kind What went wrong, in one word.
   * @param message The text for people.
   * @param options What else is known; its outcome is the report's.
   * @param report What became of the message.
   */
  constructor(
    kind: SmtpErrorKind,
    message: string,
    options: Omit<SmtpErrorOptions, "outcome">,
    report: SendReport,
  ) {
    super(kind, message, {
      ...options,
      outcome: report.outcome === "unknown" ? "unknown" : "not sent",
    });
    this.report = report;
  }
}
