/**
 * What comes in on a channel, and whether something has come that nobody waits for.
 *
 * @module
 */

import type { Channel } from "../../session/transport/channel.ts";

/** What a read came to. */
type Arrival = { readonly chunk: Uint8Array | null } | { readonly error: unknown };

/**
 * The one reader of a channel. It has at most one read outstanding, which may be started ahead of need, so that
 * a server that speaks or leaves while nobody asks it is noticed.
 */
export class Inbox {
  readonly #channel: Channel;
  #reading: Promise<void> | null = null;
  #arrival: Arrival | null = null;
  #waker: (() => void) | null = null;

  /**
   * Makes an inbox that reads nothing yet.
   *
   * @param channel The channel; nobody else may read from it.
   */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Whether octets, an end or an error have come that were not taken. */
  get arrived(): boolean {
    return this.#arrival !== null;
  }

  /** Whether a read is outstanding, so that nobody else could read from the channel. */
  get reading(): boolean {
    return this.#reading !== null;
  }

  /** Whether what has come is octets, rather than the end or an error. */
  get hasOctets(): boolean {
    return this.#arrival !== null && "chunk" in this.#arrival && this.#arrival.chunk !== null;
  }

  /** Starts to read, unless a read is outstanding or its result waits. */
  watch(): void {
    if (this.#reading !== null || this.#arrival !== null) return;
    this.#reading = this.#channel.read().then(
      (chunk) => this.#settle({ chunk }),
      (error: unknown) => this.#settle({ error }),
    );
  }

  /**
   * Takes what comes next.
   *
   * @returns Octets, in a view that holds until the next read starts; null at the end.
   * @throws What the channel rejected with.
   */
  async take(): Promise<Uint8Array | null> {
    this.watch();
    await this.settled();
    return this.takeNow();
  }

  /** Waits until the outstanding read, if there is one, has come to something. */
  async settled(): Promise<void> {
    if (this.#reading !== null) await this.#reading;
  }

  /**
   * Takes what has come already.
   *
   * @returns Octets, in a view that holds until the next read starts; null at the end, or where nothing has come.
   * @throws What the channel rejected with.
   */
  takeNow(): Uint8Array | null {
    const arrival = this.#arrival;
    this.#arrival = null;
    if (arrival === null) return null;
    if ("error" in arrival) throw arrival.error;
    return arrival.chunk;
  }

  /**
   * Waits for a promise, but no longer than until something comes in.
   *
   * @param promise The promise; its own rejection is passed on.
   * @returns Its value; undefined where something has come in first.
   */
  unlessArrival<T>(promise: Promise<T>): Promise<T | undefined> {
    this.watch();
    // A slot instead of Promise.race(): that would add to the read's promise for every block of a body, and hold them all.
    return new Promise((resolve, reject) => {
      this.#waker = () => resolve(undefined);
      promise.then(resolve, reject).finally(() => this.#waker = null);
      if (this.#arrival !== null) resolve(undefined);
    });
  }

  #settle(arrival: Arrival): void {
    this.#reading = null;
    this.#arrival = arrival;
    this.#waker?.();
  }
}
