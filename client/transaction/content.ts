/**
 * The content of a message, on its way in blocks.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { concat } from "../../session/wire/bytes.ts";
import type { Connection } from "../connection/connection.ts";
import type { ContentEncoder } from "../message/encoder.ts";
import { ContentMeter } from "../message/content_meter.ts";
import type { Message } from "../message/message.ts";
import type { Progress, TransactionOptions } from "./progress.ts";

/** What takes a message to the server. */
export interface Carrier {
  /** How the content is written. */
  readonly encoder: ContentEncoder;
  /** How many octets are gathered before they are written. */
  readonly block: number;
  /** Writes a block. */
  write(block: Uint8Array): Promise<void>;
  /** Hears what the server says meanwhile; whatever ends the message, it throws. */
  hear(): Promise<void>;
}

/**
 * Reads a message and writes all but its last block.
 *
 * @param connection The connection.
 * @param message The message.
 * @param carrier What takes it to the server.
 * @param progress Keeps account of how far it has got.
 * @param options Who else is told.
 * @returns The last block, which may be empty.
 * @throws If the source fails, or the server ends the message.
 */
export async function carry(
  connection: Connection,
  message: Message,
  carrier: Carrier,
  progress: Progress,
  options: TransactionOptions,
): Promise<Uint8Array> {
  const meter = new ContentMeter(message.binary);
  const eightBit = message.binary || connection.capabilities.has("8BITMIME");
  let held: Uint8Array[] = [];
  let holding = 0;
  for (;;) {
    const next = message.reader.next();
    const stays = !(next instanceof Promise);
    const piece = stays ? next : await arrival(connection, carrier, next);
    if (piece === null) break;
    meter.push(piece);
    if (meter.eightBit && !eightBit) throw notEightBit();
    const encoded = carrier.encoder.encode(piece);
    // What is kept is copied where a reader may use its buffer again.
    held.push(stays || encoded.length >= carrier.block ? encoded : encoded.slice());
    holding += encoded.length;
    if (holding >= carrier.block) {
      await carrier.write(held.length === 1 ? held[0] : concat(held));
      held = [];
      holding = 0;
    }
    progress.size = meter.size;
    // That all of it is on its way is told when it is, and not while the end of the source is looked for.
    if (meter.size !== message.size) options.onProgress?.(meter.size, message.size);
  }
  meter.finish();
  const told = progress.size === meter.size && meter.size !== message.size;
  progress.size = meter.size;
  if (!told) options.onProgress?.(meter.size, message.size);
  // The hook may have ended it: the last block is not written then.
  if (!connection.open) throw connection.failure;
  return concat([...held, carrier.encoder.finish()]);
}

/** The next piece; the server may speak before it comes. */
async function arrival(
  connection: Connection,
  carrier: Carrier,
  next: Promise<Uint8Array | null>,
): Promise<Uint8Array | null> {
  for (;;) {
    const piece = await connection.unlessDisturbed(next);
    if (piece !== undefined) return piece;
    await carrier.hear();
  }
}

/** It was ASCII when it was measured. */
function notEightBit(): SmtpError {
  return new SmtpError(
    "unsupported",
    "Cannot send: the message must not change while it is sent, got 8-bit octets for a server that does not offer 8BITMIME",
    { temporary: false },
  );
}
