/**
 * How far a transaction has come.
 *
 * @module
 */

import type { Reply } from "../session/wire/reply.ts";

/** What may come with a transaction. */
export interface TransactionOptions {
  /** Told how far the message has got. */
  readonly onProgress?: (sent: number, total: number | null) => void;
}

/** What is known of a transaction while it goes on. */
export interface Progress {
  /** The reply to RCPT for each recipient; null where none has come. */
  readonly replies: (Reply | null)[];
  /** The octets of the message that were written. */
  size: number;
  /** Whether the end of the message may have reached the server. */
  ended: boolean;
  /** The reply to the message; null where none has come. */
  reply: Reply | null;
}
