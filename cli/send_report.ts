/**
 * What became of a message, for people and for machines.
 *
 * @module
 */

import {
  formatReplyText,
  type RecipientResult,
  type Reply,
  SendError,
  type SendReport,
  SmtpError,
} from "../client/mod.ts";
import { ExitCode } from "./exit_codes.ts";
import { errorToJson, type Failure } from "./failure.ts";
import { paint, type Terminal } from "./terminal.ts";

/**
 * The exit code for a message that was sent, to one recipient at least.
 *
 * @param report What became of it.
 * @returns 0 where all recipients were accepted; 65 where one is refused for good; else 75.
 */
export function sentCode({ rejected }: SendReport): ExitCode {
  if (rejected.length === 0) return ExitCode.ok;
  return rejected.every(({ temporary }) => temporary) ? ExitCode.temporary : ExitCode.data;
}

/**
 * Tells people that a message was sent.
 *
 * @param terminal Where.
 * @param report What became of it.
 */
export function tellSent(terminal: Terminal, report: SendReport): void {
  const { accepted, recipients, size, reply } = report;
  const to = recipients.length === 1
    ? recipients[0].address
    : `${
      accepted.length === recipients.length ? "" : `${accepted.length} of `
    }${recipients.length} recipients`;
  const text = reply === null ? "" : `: ${oneLine(reply)}`;
  terminal.out(`${paint(terminal, "good", "Sent")} ${size} octets to ${to}${text}\n`);
  tellRefused(terminal, report);
}

/**
 * Tells people which recipients were refused, and why, unless one reply was for the whole message.
 *
 * @param terminal Where.
 * @param report What became of the message.
 */
export function tellRefused(terminal: Terminal, report: SendReport): void {
  for (const { address, reply, temporary } of report.rejected) {
    if (reply === null || report.rejected.length > 1 && reply === report.reply) continue;
    const word = paint(terminal, "error", temporary ? "refused for now" : "refused");
    terminal.err(`${word}: ${address}: ${oneLine(reply)}\n`);
  }
}

/**
 * What became of a message, as one line of JSON.
 *
 * @param report What became of it; null where nothing is known but the failure.
 * @param code The exit code.
 * @param failure What went wrong, if anything.
 * @param error The error itself.
 * @returns The line, with its end.
 */
export function jsonReport(
  report: SendReport | null,
  code: number,
  failure: Failure | null = null,
  error: unknown = null,
): string {
  const known = report ?? (error instanceof SendError ? error.report : null);
  const reply = known?.reply ?? (error instanceof SmtpError ? error.reply : null);
  return `${
    JSON.stringify({
      outcome: known?.outcome ?? "not sent",
      exitCode: code,
      from: known?.from ?? null,
      accepted: (known?.accepted ?? []).map(toJson),
      refused: (known?.rejected ?? []).map(toJson),
      reply: replyToJson(reply),
      size: known?.size ?? 0,
      error: failure === null ? null : errorToJson(failure, error),
    })
  }\n`;
}

function toJson({ address, accepted, temporary, reply }: RecipientResult): unknown {
  return { address, ...(accepted ? {} : { temporary }), reply: replyToJson(reply) };
}

/**
 * A reply for machines.
 *
 * @param reply The reply.
 * @returns Its code, its enhanced status code and its text, escaped, or null.
 */
export function replyToJson(reply: Reply | null): unknown {
  if (reply === null) return null;
  return { code: reply.code, enhanced: reply.enhanced, text: formatReplyText(reply) };
}

function oneLine(reply: Reply): string {
  return formatReplyText(reply).split("\n").join(" / ");
}
