/**
 * The buffers that connections share, to read into and to hold messages in: a connection needs some only while a
 * message passes, and to make them for each message costs more than to read the message.
 *
 * @module
 */

import { BULK_READ } from "./channel.ts";

/** The size of a small buffer, in octets. */
export const SMALL_BUFFER = 4096;

/** How many unused buffers are kept, at the most. */
const MOST_SMALL = 1024;
const MOST_LARGE = 256;

/** Buffers of two sizes, {@linkcode SMALL_BUFFER} and {@linkcode BULK_READ}, used again and again. */
export class BufferPool {
  readonly #small: Uint8Array[] = [];
  readonly #large: Uint8Array[] = [];

  /** How many unused large buffers there are. */
  get size(): number {
    return this.#large.length;
  }

  /**
   * Takes a buffer.
   *
   * @param octets How many octets it is for: a small one where they fit in it.
   * @returns A buffer; what it holds is left from an earlier use.
   */
  take(octets: number = BULK_READ): Uint8Array {
    if (octets <= SMALL_BUFFER) return this.#small.pop() ?? new Uint8Array(SMALL_BUFFER);
    return this.#large.pop() ?? new Uint8Array(BULK_READ);
  }

  /**
   * Gives a buffer back, which the caller uses no more.
   *
   * @param buffer The buffer. One of another size, or that was moved to a worker, is not kept.
   */
  give(buffer: Uint8Array): void {
    if (buffer.length === BULK_READ) keep(this.#large, buffer, MOST_LARGE);
    else if (buffer.length === SMALL_BUFFER) keep(this.#small, buffer, MOST_SMALL);
  }
}

function keep(unused: Uint8Array[], buffer: Uint8Array, most: number): void {
  if (unused.length < most) unused.push(buffer);
  // At once: the collector does not see how much memory hangs on so small an object.
  else (buffer.buffer as ArrayBuffer).transfer(0);
}
