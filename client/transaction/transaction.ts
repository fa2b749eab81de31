/**
 * One mail transaction: the envelope, then the message
 * ([RFC 5321, section 3.3](https://www.rfc-editor.org/rfc/rfc5321#section-3.3)).
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import type { Reply } from "../../session/wire/reply.ts";
import { sendBody } from "./body.ts";
import { assertChunksTaken, isUnknownCommand, sendChunks, wholeChunk } from "./chunks.ts";
import { type Command, command } from "../connection/command.ts";
import type { Connection } from "../connection/connection.ts";
import { envelopeCommands } from "../extensions/mod.ts";
import type { Message } from "../message/message.ts";
import { reportFailure, reportOf } from "./outcome.ts";
import type { Progress, TransactionOptions } from "./progress.ts";
import { isPositive, isRefusal, misplaced, refusal } from "../connection/replies.ts";
import type { SendReport } from "./report.ts";
import { forward } from "../extensions/xforward.ts";
import { inSevenBit } from "../message/seven_bit_message.ts";

const RSET = command(["RSET"]);
const DATA = command(["DATA"]);

/**
 * Sends a message.
 *
 * @param connection The connection, on which no transaction is open.
 * @param given The message.
 * @param options What comes with it.
 * @returns What became of it: it was sent, to one recipient at least.
 * @throws {SendError} If it was not sent, or that is not known. The connection is open then where the server
 * has only refused, and closed in every other case.
 */
export async function transact(
  connection: Connection,
  given: Message,
  options: TransactionOptions,
): Promise<SendReport> {
  const progress: Progress = {
    replies: given.envelope.to.map(() => null),
    size: 0,
    ended: false,
    answers: [],
  };
  let message = given;
  try {
    const chunking = options.chunking && connection.capabilities.has("CHUNKING");
    if (!fits(connection, given, chunking)) message = await inSevenBit(given);
    const commands = envelopeCommands(connection, message, options.delivery);
    await forward(connection, options.delivery);
    if (chunking) await sendByChunks(connection, commands, message, progress, options);
    else await sendByData(connection, commands, message, progress, options);
    return reportOf(message, progress, options);
  } catch (error) {
    return reportFailure(message, progress, options, error);
  } finally {
    if (message !== given) message.reader.close();
  }
}

/** Whether the server takes the octets as they are. */
function fits({ capabilities }: Connection, message: Message, chunking: boolean): boolean {
  return message.binary
    ? chunking && capabilities.has("BINARYMIME")
    : message.eightBit === false || capabilities.has("8BITMIME");
}

async function sendByData(
  connection: Connection,
  commands: readonly Command[],
  message: Message,
  progress: Progress,
  options: TransactionOptions,
): Promise<void> {
  const { refused, reply } = await sendEnvelope(connection, commands, DATA, progress);
  if (refused !== null && reply === null) {
    await reset(connection);
    throw refused;
  }
  const said = reply ?? await connection.ask(DATA);
  if (said.code === 354) {
    if (refused === null) return await sendBody(connection, message, progress, options);
    // It asks for a message that has no recipient: an empty one is owed, and counts as failed (RFC 2920 3.1).
    await connection.ask(command(["."]), connection.timeouts.dataEnd);
  } else if (!isRefusal(said)) {
    throw connection.fail(misplaced("DATA", said));
  }
  await reset(connection);
  throw refused ?? refusal("send", "DATA", said);
}

async function sendByChunks(
  connection: Connection,
  commands: readonly Command[],
  message: Message,
  progress: Progress,
  options: TransactionOptions,
): Promise<void> {
  const whole = wholeChunk(connection, message, options);
  if (whole !== null && connection.capabilities.has("PIPELINING")) {
    endsNow(connection, message, progress);
  }
  const { refused, reply } = await sendEnvelope(connection, commands, whole, progress);
  try {
    if (refused !== null) {
      if (reply !== null && isUnknownCommand(reply)) connection.close();
      throw refused;
    }
    if (whole === null) return await sendChunks(connection, message, progress, options);
    if (reply === null) endsNow(connection, message, progress);
    progress.answers.push(reply ?? await connection.ask(whole));
    assertChunksTaken(connection, progress);
  } catch (error) {
    await reset(connection);
    throw error;
  }
}

/** All of the message goes out in the next write; a connection that has ended meanwhile takes nothing. */
function endsNow(connection: Connection, { size }: Message, progress: Progress): void {
  connection.assertQuiet("the message");
  progress.ended = true;
  progress.size = size ?? 0;
}

/**
 * Sends the envelope, and what follows it where the server takes commands in groups.
 *
 * @returns Why no recipient was accepted, if so; the reply to what followed, if that was sent.
 */
async function sendEnvelope(
  connection: Connection,
  commands: readonly Command[],
  next: Command | null,
  progress: Progress,
): Promise<{ refused: SmtpError | null; reply: Reply | null }> {
  const pipelining = connection.capabilities.has("PIPELINING");
  const replies = pipelining
    ? await askTogether(connection, commands, next, progress)
    : await askOneByOne(connection, commands, progress);
  const [mail] = replies;
  const refused = !isPositive(mail)
    ? refusal("send", commands[0].shown, mail)
    : progress.replies.every((reply) => reply === null || !isPositive(reply))
    ? allRefused(commands, progress)
    : null;
  return { refused, reply: replies[commands.length] ?? null };
}

/** Each status is looked at, and which reply belongs to which command is a matter of counting (RFC 2920 3.1). */
async function askTogether(
  connection: Connection,
  commands: readonly Command[],
  next: Command | null,
  progress: Progress,
): Promise<Reply[]> {
  const replies: Reply[] = [];
  await connection.askAll(next === null ? commands : [...commands, next], (reply, index) => {
    if (index < commands.length) takeStatus(connection, commands[index], index, reply, progress);
    replies.push(reply);
  });
  return replies;
}

async function askOneByOne(
  connection: Connection,
  commands: readonly Command[],
  progress: Progress,
): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const [index, command] of commands.entries()) {
    const reply = await connection.ask(command);
    takeStatus(connection, command, index, reply, progress);
    replies.push(reply);
    if (index === 0 && !isPositive(reply)) break;
  }
  return replies;
}

/** MAIL and RCPT are answered by yes or no; a 354 would mean that the two ends have lost count. */
function takeStatus(
  connection: Connection,
  command: Command,
  index: number,
  reply: Reply,
  progress: Progress,
): void {
  if (!isPositive(reply) && !isRefusal(reply)) {
    throw connection.fail(misplaced(command.shown, reply));
  }
  if (index > 0) progress.replies[index - 1] ??= reply;
  // What a server says to RCPT after it has refused MAIL ("503 MAIL first") says nothing about the recipient.
  else if (!isPositive(reply)) progress.replies.fill(reply);
}

function allRefused(commands: readonly Command[], progress: Progress): SmtpError {
  const replies = progress.replies.filter((reply) => reply !== null);
  const temporary = replies.some((reply) => reply.code < 500);
  const { message, reply, command } = refusal("send", commands[1].shown, replies[0]);
  const others = commands.length > 2 ? ", and no other recipient was accepted" : "";
  return new SmtpError("reply", message + others, { reply, command, temporary });
}

/** Leaves nothing of a failed transaction behind. A connection on which that fails is closed. */
async function reset(connection: Connection): Promise<void> {
  try {
    if (!connection.open) return;
    const reply = await connection.ask(RSET);
    if (!isPositive(reply)) connection.close();
  } catch {
    // The connection is closed; what counts is why the transaction failed.
  }
}
