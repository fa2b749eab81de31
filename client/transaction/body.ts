/**
 * The message by DATA: CRLF at the end of each line, dots stuffed, the dot at the end.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { DotEncoder } from "../../session/wire/dot_stuffing.ts";
import type { Connection } from "../connection/connection.ts";
import { type Carrier, carry } from "./content.ts";
import type { Message } from "../message/message.ts";
import { isPositive, isRefusal, misplaced, refusal } from "../connection/replies.ts";
import { answersDue, type Progress, type TransactionOptions } from "./progress.ts";

/** Pieces up to this many octets are gathered, so that a small message goes out in one write. */
const BLOCK = 32 * 1024;

/**
 * Sends a message by DATA and reads the replies to it.
 *
 * @param connection The connection, on which the server has asked for the message.
 * @param message The message.
 * @param progress Keeps account of how far it has got, and of the replies: yes or no.
 * @param options What comes with it.
 * @throws If anything else happens; the connection is closed then, since a message can not be broken off otherwise.
 */
export async function sendBody(
  connection: Connection,
  message: Message,
  progress: Progress,
  options: TransactionOptions,
): Promise<void> {
  const carrier: Carrier = {
    encoder: new DotEncoder(),
    block: BLOCK,
    write: async (block) => void (await connection.write(block) || await endedEarly(connection)),
    hear: () => endedEarly(connection),
  };
  try {
    connection.assertQuiet("the message");
    const last = await carry(connection, message, carrier, progress, options);
    connection.tracer.line("client", `[message: ${progress.size} octets]`);
    if (connection.disturbed) await endedEarly(connection);
    progress.ended = true;
    const timeout = connection.timeouts.dataEnd;
    const end = { bytes: last, shown: ".", timeout };
    await connection.askAll([end], (reply) => void progress.answers.push(reply));
    while (progress.answers.length < answersDue(progress, options)) {
      progress.answers.push(await connection.receive(timeout, "the message"));
    }
    checkAnswers(connection, progress, options.lmtp);
  } catch (error) {
    connection.close();
    throw connection.failure ?? error;
  }
  assertTaken(progress);
}

/**
 * Makes sure that somebody gets the message.
 *
 * @param progress The replies to it.
 * @throws {SmtpError} Kind `reply` if all of them refuse.
 */
export function assertTaken({ answers }: Progress): void {
  if (!answers.some(isPositive)) throw refusal("send", "the message", answers[0]);
}

/**
 * Makes sure that each reply to a message says yes or no, and that there are no more of them.
 *
 * @param connection The connection, on which the message was answered.
 * @param progress The replies; all are taken out where one is neither, or one too many has come.
 * @param counted Whether it is by counting alone that these are the replies to the message.
 * @throws {SmtpError} Kind `protocol` if there is anything else; the connection is closed then.
 */
export function checkAnswers(
  connection: Connection,
  { answers }: Progress,
  counted: boolean,
): void {
  const odd = answers.find((reply) => !isPositive(reply) && !isRefusal(reply));
  try {
    if (odd !== undefined) throw connection.fail(misplaced("the message", odd));
    // One reply too many: nobody knows any more which belongs to whom.
    if (counted) connection.assertQuiet("the next command");
  } catch (error) {
    // Whoever only leaves, by 421 too, has answered before.
    const left = error instanceof SmtpError && error.kind !== "protocol";
    if (odd === undefined && left) return;
    answers.length = 0;
    throw error;
  }
}

/** What the server said while the message was under way: that it wants no more of it. */
async function endedEarly(connection: Connection): Promise<never> {
  const reply = await connection.receive(connection.timeouts.command, "the message");
  throw connection.fail(
    isRefusal(reply) ? refusal("send", "the message", reply) : misplaced("the message", reply),
  );
}
