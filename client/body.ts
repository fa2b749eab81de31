/**
 * The message itself, on its way: CRLF at the end of each line, dots stuffed, the dot at the end.
 *
 * @module
 */

import { SmtpError } from "../session/errors.ts";
import { concat } from "../session/wire/bytes.ts";
import { DotEncoder } from "../session/wire/dot_stuffing.ts";
import type { Reply } from "../session/wire/reply.ts";
import type { Connection } from "./connection.ts";
import { ContentMeter } from "./content_meter.ts";
import type { Message } from "./message.ts";
import { isRefusal, misplaced, refusal } from "./replies.ts";
import type { Progress, TransactionOptions } from "./progress.ts";

/** Pieces up to this many octets are gathered, so that a small message goes out in one write. */
const BLOCK = 32 * 1024;

/**
 * Sends a message and reads the reply to it.
 *
 * @param connection The connection, on which the server has asked for the message.
 * @param message The message.
 * @param progress Keeps account of how far it has got.
 * @param options Who else is told.
 * @returns The reply to the message: yes or no.
 * @throws If anything else happens; the connection is closed then, since a message can not be broken off otherwise.
 */
export async function sendBody(
  connection: Connection,
  message: Message,
  progress: Progress,
  options: TransactionOptions,
): Promise<Reply> {
  try {
    connection.assertQuiet("the message");
    const last = await writePieces(connection, message, progress, options);
    connection.tracer.line("client", `[message: ${progress.size} octets]`);
    if (connection.disturbed) throw await early(connection);
    progress.ended = true;
    const end = { bytes: last, shown: "." };
    const keep = (reply: Reply): void => void (progress.reply = reply);
    await connection.askAll([end], keep, connection.timeouts.dataEnd);
    const { reply } = progress;
    if (reply === null || reply.code >= 300 && !isRefusal(reply)) {
      throw reply === null ? new Error("no reply") : misplaced("the message", reply);
    }
    return reply;
  } catch (error) {
    connection.close();
    throw connection.failure ?? error;
  }
}

/** Writes all but the end, which is returned: it goes out with the dot. */
async function writePieces(
  connection: Connection,
  message: Message,
  progress: Progress,
  options: TransactionOptions,
): Promise<Uint8Array> {
  const encoder = new DotEncoder();
  const meter = new ContentMeter();
  const eightBit = connection.capabilities.has("8BITMIME");
  let held: Uint8Array[] = [];
  let holding = 0;
  for (;;) {
    const next = message.reader.next();
    const stays = !(next instanceof Promise);
    const piece = stays ? next : await connection.unlessDisturbed(next);
    if (piece === undefined) throw await early(connection);
    if (piece === null) break;
    meter.push(piece);
    if (meter.eightBit && !eightBit) throw notEightBit();
    const encoded = encoder.encode(piece);
    // What is kept is copied where a reader may use its buffer again.
    held.push(stays || encoded.length >= BLOCK ? encoded : encoded.slice());
    holding += encoded.length;
    if (holding >= BLOCK) {
      const whole = held.length === 1 ? held[0] : concat(held);
      if (!await connection.write(whole)) throw await early(connection);
      held = [];
      holding = 0;
    }
    progress.size = meter.size;
    options.onProgress?.(meter.size, message.size);
  }
  meter.finish();
  if (progress.size !== meter.size) options.onProgress?.(meter.size, message.size);
  progress.size = meter.size;
  return concat([...held, encoder.finish()]);
}

/** What the server said while the message was under way: that it wants no more of it. */
async function early(connection: Connection): Promise<SmtpError> {
  const reply = await connection.receive(connection.timeouts.command, "the message");
  return connection.fail(
    isRefusal(reply) ? refusal("send", "the message", reply) : misplaced("the message", reply),
  );
}

function notEightBit(): SmtpError {
  return new SmtpError(
    "unsupported",
    "Cannot send: the message has 8-bit octets, and the server does not offer 8BITMIME; encode it as quoted-printable or base64",
    { temporary: false },
  );
}
