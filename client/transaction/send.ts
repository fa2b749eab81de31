/**
 * Sending one message, from its source to its report.
 *
 * @module
 */

import { abortedSend } from "../connection/abort.ts";
import type { Connection } from "../connection/connection.ts";
import { type EnvelopeInit, parseEnvelope } from "../message/envelope.ts";
import { clientLog } from "../log.ts";
import type { MailSource } from "../message/mail_source.ts";
import { prepareMessage } from "../message/message.ts";
import type { SendReport } from "./report.ts";
import { transactAll, type TransactionsOptions } from "./transactions.ts";

/** What comes with a message. */
export interface SendRequest extends TransactionsOptions {
  /** The envelope that the caller gave, not checked yet; undefined to take it from the header. */
  readonly envelope: EnvelopeInit | undefined;
  /** The most octets that the header may have. */
  readonly headerLimit: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Sends a message. All that can be checked is checked before the server hears of it.
 *
 * @param connection The connection, on which no transaction is open.
 * @param source Where the message comes from.
 * @param request What comes with it.
 * @returns What became of it.
 * @throws {SendError} If it was not sent, or that is not known.
 * @throws If the message cannot be made ready.
 */
export async function sendMessage(
  connection: Connection,
  source: MailSource,
  request: SendRequest,
): Promise<SendReport> {
  const { signal, headerLimit } = request;
  const envelope = request.envelope === undefined ? null : parseEnvelope(request.envelope);
  const message = await prepareMessage(source, {
    envelope,
    binary: request.delivery.binary ?? false,
    headerLimit,
    signal,
  });
  try {
    if (signal.aborted) throw abortedSend(signal);
    const report = await connection.run(signal, () => transactAll(connection, message, request));
    clientLog().info("Sent {size} octets to {accepted} recipients, {rejected} were refused", {
      size: report.size,
      accepted: report.accepted.length,
      rejected: report.rejected.length,
    });
    return report;
  } catch (error) {
    clientLog().warn("A message was not sent: {error}", { error: String(error) });
    throw error;
  } finally {
    message.reader.close();
  }
}
