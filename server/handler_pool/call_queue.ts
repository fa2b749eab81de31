/**
 * The events that wait for a worker with room.
 *
 * @module
 */

import { faultAnswer } from "../../session/handler/session.ts";
import type { Call } from "./call.ts";

/** Calls in the order in which they came; those that have expired while they waited are left out. */
export class CallQueue {
  readonly #most: number;
  readonly #calls: Call[] = [];

  /**
   * Makes an empty queue.
   *
   * @param most How many calls may wait.
   */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether none waits. */
  get empty(): boolean {
    return this.#calls.length === 0;
  }

  /** Whether no more may wait. */
  get full(): boolean {
    if (this.#calls.length < this.#most) return false;
    // Those that expired while they waited are still in it.
    const waiting = this.#calls.filter(({ pending }) => !pending.settled);
    this.#calls.splice(0, this.#calls.length, ...waiting);
    return waiting.length >= this.#most;
  }

  /**
   * Adds a call.
   *
   * @param call The call.
   */
  push(call: Call): void {
    this.#calls.push(call);
  }

  /**
   * Puts calls back that a worker has not begun: they come first, however many wait.
   *
   * @param calls The calls.
   */
  putBack(calls: readonly Call[]): void {
    this.#calls.unshift(...calls);
  }

  /**
   * Takes the first call out.
   *
   * @returns It; undefined where none waits.
   */
  shift(): Call | undefined {
    let call = this.#calls.shift();
    while (call?.pending.settled) call = this.#calls.shift();
    return call;
  }

  /**
   * Settles all calls with one fault.
   *
   * @param reason The fault.
   */
  failAll(reason: string): void {
    for (const call of this.#calls.splice(0)) call.pending.settle(faultAnswer(reason));
  }
}
