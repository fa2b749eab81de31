/**
 * Replies on their way out: those to one batch of pipelined commands leave in one write (RFC 2920 section 3.2).
 *
 * @module
 */

import type { Utterance } from "../../session/replies.ts";
import { concat } from "../../session/wire/bytes.ts";

/** The replies that have been uttered and not yet sent. */
export class ReplyQueue {
  #waiting: Uint8Array[] = [];
  #since = 0;

  /** Whether nothing waits. */
  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Since when the oldest reply has waited, in milliseconds of the clock that `add` was given. */
  get since(): number {
    return this.#since;
  }

  /**
   * Adds a reply.
   *
   * @param reply The reply.
   * @param now The present moment, in milliseconds.
   */
  add(reply: Utterance, now: number): void {
    if (this.#waiting.length === 0) this.#since = now;
    this.#waiting.push(reply.bytes);
  }

  /**
   * Takes out all that waits.
   *
   * @returns The octets to send.
   */
  take(): Uint8Array {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.length === 1 ? waiting[0] : concat(waiting);
  }
}
