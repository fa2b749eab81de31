/**
 * One mail transaction: the envelope, then the message
 * ([RFC 5321, section 3.3](https://www.rfc-editor.org/rfc/rfc5321#section-3.3)).
 *
 * @module
 */

import { SmtpError } from "../session/errors.ts";
import { parseDecimalText } from "../session/wire/bytes.ts";
import { printable } from "../session/wire/escape.ts";
import type { Reply } from "../session/wire/reply.ts";
import { sendBody } from "./body.ts";
import { type Command, command } from "./command.ts";
import type { Connection } from "./connection.ts";
import type { Message } from "./message.ts";
import type { Progress, TransactionOptions } from "./progress.ts";
import { isPositive, isRefusal, misplaced, refusal } from "./replies.ts";
import { type RecipientResult, SendError, type SendReport } from "./report.ts";

const RSET = command(["RSET"]);
const DATA = command(["DATA"]);

/**
 * Sends a message.
 *
 * @param connection The connection, on which no transaction is open.
 * @param message The message.
 * @param options What comes with it.
 * @returns What became of it: it was sent, to one recipient at least.
 * @throws {SendError} If it was not sent, or that is not known. The connection is open then where the server
 * has only refused, and closed in every other case.
 */
export async function transact(
  connection: Connection,
  message: Message,
  options: TransactionOptions,
): Promise<SendReport> {
  const progress: Progress = {
    replies: message.envelope.to.map(() => null),
    size: 0,
    ended: false,
    reply: null,
  };
  try {
    const commands = envelopeCommands(connection, message);
    await sendEnvelope(connection, commands, progress);
    progress.reply = await sendBody(connection, message, progress, options);
    if (isPositive(progress.reply)) return report(message, progress, "sent", progress.reply);
    throw refusal("send", "the message", progress.reply);
  } catch (error) {
    throw failed(message, progress, error);
  }
}

/** MAIL and one RCPT for each recipient; all of them are made, and checked, before one is sent. */
function envelopeCommands(connection: Connection, message: Message): Command[] {
  const { from, to } = message.envelope;
  const mail = [`MAIL FROM:<${from?.text ?? ""}>`];
  const { capabilities } = connection;
  checkContent(connection, message);
  if (message.size !== null && capabilities.has("SIZE")) mail.push(`SIZE=${message.size}`);
  // A stream cannot be looked at in advance: where its octets may be 8-bit, say so.
  if (message.eightBit !== false && capabilities.has("8BITMIME")) mail.push("BODY=8BITMIME");
  return [command(mail), ...to.map((address) => command([`RCPT TO:<${address.text}>`]))];
}

/** What can be seen to fail is not tried (RFC 1870 section 6.2, RFC 6152 section 3). */
function checkContent(connection: Connection, message: Message): void {
  const limit = parseDecimalText(connection.capabilities.get("SIZE")?.[0] ?? "", 20);
  if (message.size !== null && limit > 0 && message.size > limit) {
    throw new SmtpError(
      "unsupported",
      `Cannot send: the server takes messages up to ${limit} octets, got one of ${message.size}`,
    );
  }
  if (message.eightBit === true && !connection.capabilities.has("8BITMIME")) {
    throw new SmtpError(
      "unsupported",
      "Cannot send: the message has 8-bit octets, and the server does not offer 8BITMIME; encode it as quoted-printable or base64",
    );
  }
}

/** Sends the envelope and DATA; returns once the server has asked for the message. */
async function sendEnvelope(
  connection: Connection,
  commands: readonly Command[],
  progress: Progress,
): Promise<void> {
  const pipelining = connection.capabilities.has("PIPELINING");
  const replies = pipelining
    ? await askTogether(connection, [...commands, DATA], progress)
    : await askOneByOne(connection, commands, progress);
  const mail = replies[0];
  // What a server says to RCPT after it has refused MAIL ("503 MAIL first") says nothing about the recipient.
  if (!isPositive(mail)) progress.replies.fill(mail);
  const refused = !isPositive(mail)
    ? refusal("send", commands[0].shown, mail)
    : progress.replies.every((reply) => reply === null || !isPositive(reply))
    ? allRefused(commands, progress)
    : null;
  const data = replies.length > commands.length || refused !== null
    ? replies[commands.length]
    : await connection.ask(DATA);
  if (data?.code === 354) {
    // It asks for a message that has no recipient: an empty one is owed, and counts as failed (RFC 2920 3.1).
    if (refused !== null) await connection.ask(command(["."]), connection.timeouts.dataEnd);
  } else if (data !== undefined && !isRefusal(data)) {
    throw connection.fail(misplaced("DATA", data));
  }
  if (refused === null && data?.code === 354) return;
  await reset(connection);
  throw refused ?? refusal("send", "DATA", data ?? replies[0]);
}

/** Each status is looked at, and which reply belongs to which command is a matter of counting (RFC 2920 3.1). */
async function askTogether(
  connection: Connection,
  commands: readonly Command[],
  progress: Progress,
): Promise<Reply[]> {
  const replies: Reply[] = [];
  await connection.askAll(commands, (reply, index) => {
    if (index < commands.length - 1) checkStatus(connection, commands[index], reply);
    if (index > 0 && index < commands.length - 1) progress.replies[index - 1] = reply;
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
    checkStatus(connection, command, reply);
    replies.push(reply);
    if (index > 0) progress.replies[index - 1] = reply;
    else if (!isPositive(reply)) break;
  }
  return replies;
}

/** MAIL and RCPT are answered by yes or no; a 354 would mean that the two ends have lost count. */
function checkStatus(connection: Connection, command: Command, reply: Reply): void {
  if (!isPositive(reply) && !isRefusal(reply)) {
    throw connection.fail(misplaced(command.shown, reply));
  }
}

function allRefused(commands: readonly Command[], progress: Progress): SmtpError {
  const replies = progress.replies.filter((reply) => reply !== null);
  const temporary = replies.some((reply) => reply.code < 500);
  const { message, reply, command } = refusal("send", commands[1].shown, replies[0]);
  const others = commands.length > 2 ? ", and no other recipient was accepted" : "";
  return new SmtpError("reply", message + others, {
    reply,
    command,
    temporary,
  });
}

/** Leaves nothing of a failed transaction behind. A connection on which that fails is closed. */
async function reset(connection: Connection): Promise<void> {
  try {
    const reply = await connection.ask(RSET);
    if (!isPositive(reply)) connection.close();
  } catch {
    // The connection is closed; what counts is why the transaction failed.
  }
}

function failed(message: Message, progress: Progress, error: unknown): SendError {
  const reply = error instanceof SmtpError ? error.reply : null;
  // A refusal is an answer, 421 too, whatever happened afterwards; anything else leaves open what the server has read.
  const answer = progress.reply ??
    (error instanceof SmtpError && error.kind === "reply" ? reply : null);
  const unknown = progress.ended && (answer === null || !isRefusal(answer));
  const outcome = unknown ? "unknown" : "not sent";
  const result = report(message, progress, outcome, reply);
  if (error instanceof SmtpError) {
    const { kind, message: text, command, temporary, cause } = error;
    return new SendError(kind, text, { reply, command, temporary, cause }, result);
  }
  // The only other code that runs here is the caller's: a stream that failed, a hook that threw.
  const text = describe(error);
  const full = text.startsWith("Cannot send")
    ? text
    : `Cannot send: reading the message failed, ${printable(text)}`;
  return new SendError("aborted", full, { cause: error, temporary: false }, result);
}

function describe(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "by something that has no text";
  }
}

function report(
  message: Message,
  progress: Progress,
  outcome: SendReport["outcome"],
  reply: Reply | null,
): SendReport {
  const { from, to } = message.envelope;
  const recipients = to.map((address, index): RecipientResult => {
    const reply = progress.replies[index];
    const accepted = reply !== null && isPositive(reply);
    const temporary = !accepted && (reply === null || reply.code < 500);
    return { address: address.text, accepted, reply, temporary };
  });
  return {
    outcome,
    from: from?.text ?? "",
    recipients,
    accepted: recipients.filter((recipient) => recipient.accepted),
    rejected: recipients.filter((recipient) => !recipient.accepted),
    reply,
    size: progress.size,
  };
}
