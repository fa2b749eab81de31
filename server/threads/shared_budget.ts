/**
 * The octets in flight of a server with several network threads, counted in shared memory.
 *
 * @module
 */

import { type Budget, FIRST_BLOCK } from "../message/body.ts";

/**
 * Makes what the budgets of all threads count in: the sum, and the part of each.
 *
 * @param threads How many threads.
 * @returns Zeroes, in shared memory.
 */
export function makeOctetCounts(threads: number): BigInt64Array {
  return new BigInt64Array(new SharedArrayBuffer(8 * (1 + threads)));
}

/** The budget as one thread sees it. No thread can take what another has taken. */
export class SharedBudget implements Budget {
  readonly #limit: number;
  readonly #counts: BigInt64Array;
  readonly #thread: number;

  /**
   * Makes a thread's view of the budget.
   *
   * @param limit The most octets in flight, of all threads.
   * @param counts What {@linkcode makeOctetCounts} has made.
   * @param thread The thread's number, from 1.
   */
  constructor(limit: number, counts: BigInt64Array, thread: number) {
    this.#limit = limit;
    this.#counts = counts;
    this.#thread = thread;
  }

  /** How many octets all threads have in flight; see {@linkcode Budget}. */
  get used(): number {
    return Number(Atomics.load(this.#counts, 0));
  }

  /** Whether a message finds no room now; see {@linkcode Budget}. */
  lacks(octets: number): boolean {
    return this.used + Math.max(octets, FIRST_BLOCK) > this.#limit;
  }

  /** Takes octets; see {@linkcode Budget}. */
  take(octets: number): boolean {
    for (;;) {
      const used = Atomics.load(this.#counts, 0);
      if (Number(used) + octets > this.#limit) return false;
      const sum = used + BigInt(octets);
      // Another thread may have been faster: then there is less to take.
      if (Atomics.compareExchange(this.#counts, 0, used, sum) !== used) continue;
      Atomics.add(this.#counts, this.#thread, BigInt(octets));
      return true;
    }
  }

  /** Gives octets back; see {@linkcode Budget}. */
  give(octets: number): void {
    Atomics.sub(this.#counts, this.#thread, BigInt(octets));
    Atomics.sub(this.#counts, 0, BigInt(octets));
  }

  /** Gives back all that the thread has, once it is no more. */
  giveAll(): void {
    this.give(Number(Atomics.load(this.#counts, this.#thread)));
  }
}
