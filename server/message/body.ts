/**
 * A message while it arrives: held in few large pieces, counted against the limits.
 *
 * @module
 */

import { type BufferPool, SMALL_BUFFER } from "../../session/transport/buffer_pool.ts";
import { EMPTY } from "../../session/wire/bytes.ts";

/** The first block of a message, in octets: the least room that it takes. */
export const FIRST_BLOCK: number = SMALL_BUFFER;

/** The octets that all messages in flight may hold together. */
export interface Budget {
  /** How many octets are in flight. */
  readonly used: number;
  /**
   * Whether a message finds no room now.
   *
   * @param octets How large it says that it will be; 0 where it does not say.
   * @returns Whether it had better come again later.
   */
  lacks(octets: number): boolean;
  /**
   * Takes octets of the budget.
   *
   * @param octets How many.
   * @returns Whether there were as many.
   */
  take(octets: number): boolean;
  /**
   * Gives octets back.
   *
   * @param octets How many, as they were taken.
   */
  give(octets: number): void;
}

/** The budget of a server that does all in one thread. */
export class OctetBudget implements Budget {
  readonly #limit: number;
  #used = 0;

  /**
   * Makes a budget of which nothing is used.
   *
   * @param limit The most octets in flight.
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many octets are in flight; see {@linkcode Budget}. */
  get used(): number {
    return this.#used;
  }

  /** Whether a message finds no room now; see {@linkcode Budget}. */
  lacks(octets: number): boolean {
    return this.#used + Math.max(octets, FIRST_BLOCK) > this.#limit;
  }

  /** Takes octets; see {@linkcode Budget}. */
  take(octets: number): boolean {
    if (this.#used + octets > this.#limit) return false;
    this.#used += octets;
    return true;
  }

  /** Gives octets back; see {@linkcode Budget}. */
  give(octets: number): void {
    this.#used -= octets;
  }
}

/** One message's octets. What is over a limit is counted and dropped, never held. */
export class Body {
  readonly #limit: number;
  readonly #budget: Budget;
  readonly #buffers: BufferPool;
  #blocks: Uint8Array[] = [];
  #block: Uint8Array = EMPTY;
  #filled = 0;
  #taken = 0;
  #size = 0;
  #starved = false;
  #pieces: Uint8Array[] = [];

  /**
   * Makes an empty message.
   *
   * @param limit The most octets that the message may have.
   * @param budget The budget of the server.
   * @param buffers Where its blocks come from, and go to.
   */
  constructor(limit: number, budget: Budget, buffers: BufferPool) {
    this.#limit = limit;
    this.#budget = budget;
    this.#buffers = buffers;
  }

  /** How many octets came, whether they were held or dropped. */
  get size(): number {
    return this.#size;
  }

  /** Whether the message is larger than it may be. */
  get tooLarge(): boolean {
    return this.#size > this.#limit;
  }

  /** Whether the server's budget did not suffice. */
  get starved(): boolean {
    return this.#starved;
  }

  /**
   * Copies octets in.
   *
   * @param piece The octets; the caller may use their buffer again.
   */
  push(piece: Uint8Array): void {
    this.#size += piece.length;
    if (this.#starved || this.tooLarge) return this.release();
    let rest = piece;
    while (rest.length > 0) {
      if (this.#filled === this.#block.length && !this.#grow(rest.length)) return this.release();
      const part = rest.subarray(0, this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /**
   * The message, in pieces that hold until it is released; after that the list is empty. A piece may be a view of a
   * buffer that holds what is left of other messages.
   *
   * @returns The pieces, in order; at least one.
   */
  pieces(): Uint8Array[] {
    const last = this.#block.subarray(0, this.#filled);
    return this.#pieces = [...this.#blocks, last];
  }

  /** Lets go of what is held, and gives the budget back. */
  release(): void {
    this.#pieces.length = 0;
    for (const block of [...this.#blocks, this.#block]) this.#buffers.give(block);
    this.#budget.give(this.#taken);
    this.#taken = 0;
    this.#blocks = [];
    this.#block = EMPTY;
    this.#filled = 0;
  }

  /** A small message gets a small block, and whatever comes after it large ones. */
  #grow(wanted: number): boolean {
    const block = this.#buffers.take(this.#taken + wanted);
    const size = Math.min(block.length, this.#limit - this.#taken);
    if (!this.#budget.take(size)) {
      this.#buffers.give(block);
      this.#starved = true;
      return false;
    }
    this.#taken += size;
    if (this.#filled > 0) this.#blocks.push(this.#block);
    this.#block = block;
    this.#filled = 0;
    return true;
  }
}
