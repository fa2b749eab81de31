/**
 * How far a transaction has come.
 *
 * @module
 */

import type { Reply } from "../../session/wire/reply.ts";
import type { DeliveryOptions } from "../extensions/options.ts";
import { isPositive } from "../connection/replies.ts";

/** What may come with a transaction. */
export interface TransactionOptions {
  /** What the server is asked to do with the message. */
  readonly delivery: DeliveryOptions;
  /** Told how far the message has got. */
  readonly onProgress?: (sent: number, total: number | null) => void;
  /** Whether BDAT is used where the server offers CHUNKING. */
  readonly chunking: boolean;
  /** Whether the server answers the message once for each recipient (LMTP). */
  readonly lmtp: boolean;
}

/** What is known of a transaction while it goes on. */
export interface Progress {
  /** The reply to RCPT for each recipient; null where none has come. */
  readonly replies: (Reply | null)[];
  /** The octets of the message that were written. */
  size: number;
  /** Whether the end of the message may have reached the server. */
  ended: boolean;
  /** The replies to the message: one for all, or in LMTP one for each recipient that was accepted, in order. */
  readonly answers: Reply[];
}

/**
 * How many replies the whole message gets.
 *
 * @param progress How far it has got: all recipients are answered.
 * @param options What came with it.
 * @returns One, or in LMTP one for each accepted recipient
 * ([RFC 2033, section 4.2](https://www.rfc-editor.org/rfc/rfc2033#section-4.2)).
 */
export function answersDue({ replies }: Progress, { lmtp }: TransactionOptions): number {
  return lmtp ? replies.filter((reply) => reply !== null && isPositive(reply)).length : 1;
}
