/**
 * Who may connect: the limits on simultaneous connections, for all and for each address.
 *
 * @module
 */

import { REPLIES, type Utterance } from "../session/replies.ts";
import { isLoopback } from "../session/transport/loopback.ts";
import { inNetworks, type Network, parseNetwork, peerKey } from "./addresses.ts";

/** Counts connections and says which is one too many. */
export class Admission {
  readonly #maxConnections: number;
  readonly #perIp: number;
  readonly #exempt: readonly Network[];
  readonly #counts = new Map<string, number>();
  #connections = 0;

  /**
   * Makes a counter at zero.
   *
   * @param maxConnections The most connections at once.
   * @param perIp The most from one address, or one IPv6 /64.
   * @param exempt Networks to which `perIp` does not apply; loopback never counts.
   */
  constructor(maxConnections: number, perIp: number, exempt: readonly string[]) {
    this.#maxConnections = maxConnections;
    this.#perIp = perIp;
    this.#exempt = exempt.map(parseNetwork);
  }

  /**
   * Counts a connection in, unless it is one too many.
   *
   * @param ip The peer's address.
   * @returns Null where it is counted in; else the reply to refuse it with.
   */
  enter(ip: string): Utterance | null {
    if (this.#connections >= this.#maxConnections) return REPLIES.tooManyConnections;
    const key = this.#key(ip);
    if (key !== null) {
      const count = this.#counts.get(key) ?? 0;
      if (count >= this.#perIp) return REPLIES.tooManyFromYou;
      this.#counts.set(key, count + 1);
    }
    this.#connections++;
    return null;
  }

  /**
   * Counts a connection out that `enter()` counted in.
   *
   * @param ip The same address.
   */
  leave(ip: string): void {
    this.#connections--;
    const key = this.#key(ip);
    if (key === null) return;
    const count = (this.#counts.get(key) ?? 1) - 1;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }

  #key(ip: string): string | null {
    return isLoopback(ip) || inNetworks(ip, this.#exempt) ? null : peerKey(ip);
  }
}
