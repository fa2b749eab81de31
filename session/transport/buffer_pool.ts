/**
 * The large buffers that connections share, to read into and to hold messages in: a connection needs some only while a
 * message passes, and to make them for each message costs more than to read the message.
 *
 * @module
 */

import { BULK_READ } from "./channel.ts";

/** Buffers of {@linkcode BULK_READ} octets, used again and again. */
export class BufferPool {
  readonly #free: Uint8Array[] = [];
  readonly #most: number;

  /**
   * Makes an empty pool.
   *
   * @param most How many unused buffers are kept.
   */
  constructor(most = 128) {
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
   * @param buffer The buffer. One of another size, or that was moved to a worker, is not kept.
   */
  give(buffer: Uint8Array): void {
    if (buffer.length !== BULK_READ) return;
    if (this.#free.length < this.#most) this.#free.push(buffer);
    // At once: the collector does not see how much memory hangs on so small an object.
    else (buffer.buffer as ArrayBuffer).transfer(0);
  }
}
