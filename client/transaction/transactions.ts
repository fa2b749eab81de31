/**
 * A message in as many transactions as its recipients need.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import type { Reply } from "../../session/wire/reply.ts";
import type { Connection } from "../connection/connection.ts";
import type { MessageEnvelope } from "../message/envelope.ts";
import type { SessionUsage } from "./limits.ts";
import type { Message } from "../message/message.ts";
import type { TransactionOptions } from "./progress.ts";
import type { Recipient } from "../message/recipient.ts";
import { isRefusal } from "../connection/replies.ts";
import { type RecipientResult, SendError, type SendReport } from "./report.ts";
import { transact } from "./transaction.ts";

/** What comes with a message. */
export interface TransactionsOptions extends TransactionOptions {
  /** What of the session's limits is used up. */
  readonly usage: SessionUsage;
}

/** What became of one transaction. */
interface Ending {
  /** Its recipients. */
  readonly group: readonly Recipient[];
  /** Its report; null where the server has heard nothing of it. */
  readonly report: SendReport | null;
  /** Why it failed; null where the message was sent. */
  readonly error: unknown;
}

/**
 * Sends a message. The server says in advance how many recipients it takes at a time
 * ([RFC 9422](https://www.rfc-editor.org/rfc/rfc9422)), or refuses those that are too many
 * ([RFC 5321, section 4.5.3.1.10](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.10)): they come in the next
 * transaction.
 *
 * @param connection The connection, on which no transaction is open.
 * @param message The message.
 * @param options What comes with it.
 * @returns What became of it: it was sent, to one recipient at least.
 * @throws {SendError} If it was sent to nobody, or that is not known of somebody.
 * @throws {SmtpError} Kind `unsupported` if the session has no room for the recipients.
 */
export async function transactAll(
  connection: Connection,
  message: Message,
  options: TransactionsOptions,
): Promise<SendReport> {
  const { usage } = options;
  const { to } = message.envelope;
  let groups = usage.divide(connection.capabilities, to);
  if (groups.length > 1 && message.again === null) throw readOnce(groups[0].length, to.length);
  const endings: Ending[] = [];
  for (let next = 0; next < groups.length; next++) {
    const group = groups[next];
    const ending = await attempt(connection, message, endings.length === 0, group, options);
    endings.push(ending);
    if (ending.report?.recipients.some(({ reply }) => reply !== null)) usage.count(group);
    if (!goesOn(connection, ending)) break;
    const { room, left } = tooMany(ending, options);
    if (room < 1 || message.again === null) continue;
    groups = regroup(connection, room, [...left, ...groups.slice(next + 1).flat()], usage);
    next = -1;
  }
  return conclude(message.envelope, endings);
}

async function attempt(
  connection: Connection,
  message: Message,
  first: boolean,
  group: readonly Recipient[],
  options: TransactionOptions,
): Promise<Ending> {
  const envelope = { from: message.envelope.from, to: group };
  let { reader } = message;
  try {
    if (!first) reader = await message.again?.() ?? reader;
    const report = await transact(connection, { ...message, envelope, reader }, options);
    return { group, report, error: null };
  } catch (error) {
    return { group, report: error instanceof SendError ? error.report : null, error };
  } finally {
    if (reader !== message.reader) reader.close();
  }
}

/** Whether others may fare better: not where the server has refused the sender or the message, or has left. */
function goesOn(connection: Connection, { error }: Ending): boolean {
  if (error === null) return connection.open;
  return connection.open && error instanceof SendError &&
    error.command?.startsWith("RCPT ") === true;
}

/** Those for whom there was no room, and how many stand before the first of them. */
function tooMany(
  { group, report, error }: Ending,
  { lmtp }: TransactionOptions,
): { room: number; left: Recipient[] } {
  const results = error === null ? report?.recipients ?? [] : [];
  const out = results.map((result) => isTooMany(result, lmtp));
  return { room: out.indexOf(true), left: group.filter((_, i) => out[i]) };
}

/** As many as there was room for is the limit from now on: so the work stays linear. */
function regroup(
  connection: Connection,
  room: number,
  recipients: readonly Recipient[],
  usage: SessionUsage,
): Recipient[][] {
  try {
    return usage.divide(connection.capabilities, recipients, room);
  } catch {
    return []; // The session has no room: they stay refused, for now.
  }
}

/**
 * 452, or 552 as RFC 821 had it; where there is an enhanced code it has to say the same (RFC 3463 section 3.6). In LMTP
 * there has to be one: without, it may be the reply to the message, from a mailbox that is full.
 */
function isTooMany({ accepted, reply }: RecipientResult, lmtp: boolean): boolean {
  if (accepted || reply?.code !== 452 && reply?.code !== 552) return false;
  return reply.enhanced === null ? !lmtp : reply.enhanced.endsWith(".5.3");
}

/** One report of all: where there was one transaction it is that one's. */
function conclude(envelope: MessageEnvelope, endings: readonly Ending[]): SendReport {
  const [first] = endings;
  const whole = endings.length === 1 && first.group.length === envelope.to.length;
  const report = whole ? first.report : merge(envelope, endings);
  if (report?.outcome === "sent") return report;
  // Where it is not known, the connection has ended: nothing came behind it.
  const { error } = report?.outcome === "unknown" ? endings[endings.length - 1] : first;
  if (whole || report === null || !(error instanceof SendError)) throw error;
  const { kind, message, reply, command, temporary, cause } = error;
  throw new SendError(kind, message, { reply, command, temporary, cause }, report);
}

function merge({ from, to }: MessageEnvelope, endings: readonly Ending[]): SendReport {
  const results = new Map<Recipient, RecipientResult>();
  for (const ending of endings) {
    ending.group.forEach((recipient, index) => results.set(recipient, resultOf(ending, index)));
  }
  const last = endings[endings.length - 1];
  const recipients = to.map((recipient) =>
    results.get(recipient) ?? refused(recipient.text, last.report?.reply ?? null)
  );
  const reports = endings.map(({ report }) => report).filter((report) => report !== null);
  const outcome = recipients.some((recipient) => recipient.outcome === "unknown")
    ? "unknown"
    : reports.find((report) => report.outcome === "sent")?.outcome ?? "not sent";
  return {
    outcome,
    from: from?.text ?? "",
    recipients,
    accepted: recipients.filter((recipient) => recipient.accepted),
    rejected: recipients.filter((recipient) => !recipient.accepted),
    reply: reports.find((report) => report.outcome === outcome)?.reply ?? null,
    size: reports.reduce((most, { size }) => Math.max(most, size), 0),
  };
}

/** Beside others who got the message, whoever did not is not accepted, whatever the server said to RCPT. */
function resultOf({ group, report, error }: Ending, index: number): RecipientResult {
  const result = report?.recipients[index];
  if (result === undefined) return refused(group[index].text, null);
  if (error === null || result.outcome !== "not sent" || !result.accepted) return result;
  return refused(result.address, report?.reply ?? null);
}

function refused(address: string, said: Reply | null): RecipientResult {
  const reply = said !== null && isRefusal(said) ? said : null;
  const temporary = reply === null || reply.code < 500;
  return { address, accepted: false, outcome: "not sent", reply, temporary };
}

function readOnce(room: number, count: number): SmtpError {
  return new SmtpError(
    "unsupported",
    `Cannot send: the server takes ${room} recipients at a time, and a stream can be read but once; send to fewer, or give the message as a file, a Blob or octets, got ${count} recipients`,
    { outcome: "not sent" },
  );
}
