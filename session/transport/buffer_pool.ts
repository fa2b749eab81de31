/**
 * The large read buffers that connections share: a connection needs one only while a message passes, and to make one
 * for each message costs more than to read the message.
 *
 * @module
 */

import { BULK_READ } from "./channel.ts";

/** Buffers for bulk reads, used again and again. */
export class BufferPool {
  readonly #free: Uint8Array[] = [];
  readonly #most: number;

  /**
   * Makes an empty pool.
   *
   * @param most How many unused buffers are kept.
   */
  constructor(most = 32) {
    this.#most = most;
  }

  /** How many unused buffers there are. */
  get size(): number {
    return this.#free.length;
  }

  /**
   * Takes a buffer.
   *
   * @returns A buffer; what it holds is left from an earlier use.
   */
  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(BULK_READ);
  }

  /**
   * Gives a buffer back, which the caller uses no more.
   *
   * @param buffer The buffer.
   */
  give(buffer: Uint8Array): void {
    if (this.#free.length < this.#most) this.#free.push(buffer);
  }
}
