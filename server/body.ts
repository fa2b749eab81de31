/**
 * A message while it arrives: held in few large pieces, counted against the limits.
 *
 * @module
 */

/** The first block of a message, in octets: the least room that it takes. */
const FIRST_BLOCK = 1024;
const LARGEST_BLOCK = 1024 * 1024;

/** The octets that all messages in flight may hold together. */
export class OctetBudget {
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

  /**
   * Whether a message finds no room now.
   *
   * @param octets How large it says that it will be; 0 where it does not say.
   * @returns Whether it had better come again later.
   */
  lacks(octets: number): boolean {
    return this.#used + Math.max(octets, FIRST_BLOCK) > this.#limit;
  }

  /** How many octets are in flight. */
  get used(): number {
    return this.#used;
  }

  /**
   * Takes octets of the budget.
   *
   * @param octets How many.
   * @returns Whether there were as many.
   */
  take(octets: number): boolean {
    if (this.#used + octets > this.#limit) return false;
    this.#used += octets;
    return true;
  }

  /**
   * Gives octets back.
   *
   * @param octets How many, as they were taken.
   */
  give(octets: number): void {
    this.#used -= octets;
  }
}

/** One message's octets. What is over a limit is counted and dropped, never held. */
export class Body {
  readonly #limit: number;
  readonly #budget: OctetBudget;
  #blocks: Uint8Array[] = [];
  #block = new Uint8Array(0);
  #filled = 0;
  #taken = 0;
  #size = 0;
  #starved = false;

  /**
   * Makes an empty message.
   *
   * @param limit The most octets that the message may have.
   * @param budget The budget of the server.
   */
  constructor(limit: number, budget: OctetBudget) {
    this.#limit = limit;
    this.#budget = budget;
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
   * The message, in pieces each of which has a buffer of its own.
   *
   * @returns The pieces, in order.
   */
  pieces(): Uint8Array[] {
    const last = this.#block.subarray(0, this.#filled);
    return last.length === 0 ? [...this.#blocks] : [...this.#blocks, last];
  }

  /** Lets go of what is held, and gives the budget back. */
  release(): void {
    this.#budget.give(this.#taken);
    this.#taken = 0;
    this.#blocks = [];
    this.#block = new Uint8Array(0);
    this.#filled = 0;
  }

  /** Blocks double, so that a small message costs little and a large one few pieces; the last takes what may still come. */
  #grow(wanted: number): boolean {
    const doubled = Math.max(FIRST_BLOCK, wanted, this.#taken);
    const size = Math.min(doubled, LARGEST_BLOCK, this.#limit - this.#taken);
    if (!this.#budget.take(size)) {
      this.#starved = true;
      return false;
    }
    this.#taken += size;
    if (this.#filled > 0) this.#blocks.push(this.#block);
    this.#block = new Uint8Array(size);
    this.#filled = 0;
    return true;
  }
}
