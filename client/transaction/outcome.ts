/**
 * What became of a message, as far as the replies tell.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { printable } from "../../session/wire/escape.ts";
import type { Reply } from "../../session/wire/reply.ts";
import type { Message } from "../message/message.ts";
import type { Progress, TransactionOptions } from "./progress.ts";
import { isPositive, isRefusal } from "../connection/replies.ts";
import { type RecipientResult, SendError, type SendReport } from "./report.ts";

/**
 * Says what became of a message.
 *
 * @param message The message.
 * @param progress How far it has got.
 * @param options What came with it.
 * @returns The report.
 */
export function reportOf(
  message: Message,
  progress: Progress,
  options: TransactionOptions,
): SendReport {
  const { from, to } = message.envelope;
  const left = [...progress.answers];
  const recipients = to.map(({ text }, index): RecipientResult => {
    const reply = progress.replies[index];
    if (reply !== null && !isPositive(reply)) return result(text, reply, false, "not sent");
    const answer = options.lmtp ? left.shift() : progress.answers[0];
    const outcome = outcomeOf(answer, progress.ended);
    // LMTP answers for each recipient: no is no, though RCPT was accepted.
    if (!options.lmtp || answer === undefined) return result(text, reply, reply !== null, outcome);
    return result(text, answer, isPositive(answer), outcome);
  });
  return {
    outcome:
      (["unknown", "sent"] as const).find((outcome) =>
        recipients.some((recipient) => recipient.outcome === outcome)
      ) ?? "not sent",
    from: from?.text ?? "",
    recipients,
    accepted: recipients.filter((recipient) => recipient.accepted),
    rejected: recipients.filter((recipient) => !recipient.accepted),
    reply: progress.answers.find(isPositive) ?? progress.answers[0] ?? null,
    size: progress.size,
  };
}

/**
 * Says what became of a message that something was thrown for.
 *
 * @param message The message.
 * @param progress How far it has got.
 * @param options What came with it.
 * @param error What was thrown.
 * @returns The report, where the message was sent to somebody and the fate of nobody is unknown.
 * @throws {SendError} In every other case.
 */
export function reportFailure(
  message: Message,
  progress: Progress,
  options: TransactionOptions,
  error: unknown,
): SendReport {
  const reply = error instanceof SmtpError ? error.reply : null;
  const said = error instanceof SmtpError && error.kind === "reply" ? reply : null;
  // A refusal is an answer, 421 too, whatever happened afterwards; anything else leaves open what the server has read.
  if (said !== null && progress.ended && !progress.answers.includes(said)) {
    progress.answers.push(said);
  }
  const report = reportOf(message, progress, options);
  if (report.outcome === "sent") return report;
  const result = { ...report, reply: report.reply ?? reply };
  if (error instanceof SmtpError) {
    const { kind, message: text, command, temporary, cause } = error;
    throw new SendError(kind, text, { reply, command, temporary, cause }, result);
  }
  // The only other code that runs here is the caller's: a stream that failed, a hook that threw.
  const text = describe(error);
  const full = text.startsWith("Cannot send")
    ? text
    : `Cannot send: reading the message failed, ${printable(text)}`;
  throw new SendError("aborted", full, { cause: error, temporary: false }, result);
}

function outcomeOf(answer: Reply | undefined, ended: boolean): SendReport["outcome"] {
  if (answer === undefined) return ended ? "unknown" : "not sent";
  return isPositive(answer) ? "sent" : "not sent";
}

function result(
  address: string,
  reply: Reply | null,
  accepted: boolean,
  outcome: SendReport["outcome"],
): RecipientResult {
  const temporary = !accepted && (reply === null || isRefusal(reply) && reply.code < 500);
  return { address, accepted, outcome, reply, temporary };
}

function describe(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "by something that has no text";
  }
}
