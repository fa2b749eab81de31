/**
 * A deadline that can be set and cleared.
 *
 * @module
 */

import type { DeadlineHolder, Deadlines } from "../../session/transport/deadlines.ts";

/** Calls a function once its time has come, unless it is cleared before. */
export class Alarm implements DeadlineHolder {
  /** The moment, in milliseconds of the clock of the deadlines; 0: none. */
  deadline = 0;
  readonly #deadlines: Deadlines;
  readonly #ring: () => void;

  /**
   * Makes an alarm that is not set.
   *
   * @param deadlines Who watches.
   * @param ring What to call.
   */
  constructor(deadlines: Deadlines, ring: () => void) {
    this.#deadlines = deadlines;
    this.#ring = ring;
  }

  /** Whether it is set. */
  get set(): boolean {
    return this.deadline !== 0;
  }

  /**
   * Sets it, anew where it is set.
   *
   * @param wait How long until it rings, in milliseconds.
   */
  setIn(wait: number): void {
    this.deadline = this.#deadlines.now + wait;
    this.#deadlines.add(this);
  }

  /** Clears it. */
  clear(): void {
    this.deadline = 0;
    this.#deadlines.delete(this);
  }

  /** Rings; see {@linkcode DeadlineHolder}. */
  expire(): void {
    this.clear();
    this.#ring();
  }
}
