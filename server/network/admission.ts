/**
 * Who may connect: the limits on simultaneous connections, for all and for each address.
 *
 * @module
 */

import { REPLIES, type Utterance } from "../../session/replies.ts";
import { isLoopback } from "../../session/transport/loopback.ts";
import { inNetworks, type Network, parseNetwork, peerKey } from "./addresses.ts";

/** What becomes of a connection: its number where it is let in, else the reply to refuse it with. */
export type Entry = number | Utterance;

/** Gives each session a number that no other has. */
export class SessionNumbers {
  #last = 0;

  /**
   * Gives the next number.
   *
   * @returns The number, counted from 1.
   */
  next(): number {
    return ++this.#last;
  }
}

/** Counts and numbers connections, and says which is one too many. */
export class Admission {
  readonly #maxConnections: number;
  readonly #perIp: number;
  readonly #exempt: readonly Network[];
  readonly #counts = new Map<string, number>();
  /** Under which key each connection is counted, by its number; null: under none. */
  readonly #inside = new Map<number, string | null>();
  readonly #numbers: SessionNumbers;

  /**
   * Makes a counter at zero.
   *
   * @param maxConnections The most connections at once.
   * @param perIp The most from one address, or one IPv6 /64.
   * @param exempt Networks to which `perIp` does not apply; loopback never counts.
   * @param numbers Where their numbers come from.
   */
  constructor(
    maxConnections: number,
    perIp: number,
    exempt: readonly string[],
    numbers: SessionNumbers = new SessionNumbers(),
  ) {
    this.#maxConnections = maxConnections;
    this.#perIp = perIp;
    this.#exempt = exempt.map(parseNetwork);
    this.#numbers = numbers;
  }

  /**
   * Counts a connection in, unless it is one too many.
   *
   * @param ip The peer's address.
   * @returns The connection's number; or the reply to refuse it with.
   */
  enter(ip: string): Entry {
    if (this.#inside.size >= this.#maxConnections) return REPLIES.tooManyConnections;
    const key = this.#key(ip);
    if (key !== null) {
      const count = this.#counts.get(key) ?? 0;
      if (count >= this.#perIp) return REPLIES.tooManyFromYou;
      this.#counts.set(key, count + 1);
    }
    const id = this.#numbers.next();
    this.#inside.set(id, key);
    return id;
  }

  /**
   * Counts a connection out that `enter()` counted in.
   *
   * @param id Its number.
   */
  leave(id: number): void {
    const key = this.#inside.get(id) ?? null;
    this.#inside.delete(id);
    if (key === null) return;
    const count = (this.#counts.get(key) ?? 1) - 1;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }

  #key(ip: string): string | null {
    return isLoopback(ip) || inNetworks(ip, this.#exempt) ? null : peerKey(ip);
  }
}
