/**
 * The buffers that connections share, to read into and to hold messages in: a connection needs some only while a
 * message passes, and to make them for each message costs more than to read the message.
 *
 * @module
 */

import { BULK_READ } from "./channel.ts";
import type { DeadlineHolder, Deadlines } from "./deadlines.ts";

/** The size of a small buffer, in octets. */
export const SMALL_BUFFER = 4096;

/** How many unused buffers are kept, at the most. */
const MOST_SMALL = 1024;
const MOST_LARGE = 64;
/** And while they are likely to be needed again. */
const MOST_LARGE_WATCHED = 4096;
/** What nobody needed for this long is let go of, in milliseconds. */
const WATCHED = 2000;

/** Buffers of two sizes, {@linkcode SMALL_BUFFER} and {@linkcode BULK_READ}, used again and again. */
export class BufferPool {
  readonly #small: Uint8Array[] = [];
  readonly #large: Uint8Array[] = [];
  readonly #deadlines: Deadlines | null;
  readonly #watch: DeadlineHolder = { deadline: 0, expire: (): void => this.#trim() };
  /** The least number of large buffers that were unused at once, since the last look. */
  #least = Infinity;

  /**
   * Makes an empty pool.
   *
   * @param deadlines Who watches it when it holds many unused buffers; without, it holds few.
   */
  constructor(deadlines: Deadlines | null = null) {
    this.#deadlines = deadlines;
  }

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
    const buffer = this.#large.pop() ?? new Uint8Array(BULK_READ);
    this.#least = Math.min(this.#least, this.#large.length);
    return buffer;
  }

  /**
   * Gives a buffer back, which the caller uses no more.
   *
   * @param buffer The buffer. One of another size, or that was moved to a worker, is not kept.
   */
  give(buffer: Uint8Array): void {
    if (buffer.length === SMALL_BUFFER) keep(this.#small, buffer, MOST_SMALL);
    if (buffer.length !== BULK_READ) return;
    keep(this.#large, buffer, this.#deadlines === null ? MOST_LARGE : MOST_LARGE_WATCHED);
    if (this.#large.length > MOST_LARGE && this.#watch.deadline === 0) this.#look();
  }

  #look(): void {
    if (this.#deadlines === null) return;
    this.#least = Infinity;
    this.#watch.deadline = this.#deadlines.now + WATCHED;
    this.#deadlines.add(this.#watch);
  }

  #trim(): void {
    this.#deadlines?.delete(this.#watch);
    const surplus = Math.min(this.#least, this.#large.length - MOST_LARGE);
    for (const buffer of this.#large.splice(0, surplus)) free(buffer);
    if (this.#large.length > MOST_LARGE) this.#look();
  }
}

function keep(unused: Uint8Array[], buffer: Uint8Array, most: number): void {
  if (unused.length < most) unused.push(buffer);
  else free(buffer);
}

/** At once: the collector does not see how much memory hangs on so small an object. */
function free(buffer: Uint8Array): void {
  (buffer.buffer as ArrayBuffer).transfer(0);
}
