/**
 * How often the workers of a script may be restarted.
 *
 * @module
 */

/** Counts restarts: so many within a time, then none until the oldest of them has aged. */
export class Restarts {
  readonly #max: number;
  readonly #window: number;
  readonly #times: number[] = [];

  /**
   * Makes a count.
   *
   * @param max How many restarts there may be within the window.
   * @param window The window, in milliseconds.
   */
  constructor(max: number, window: number) {
    this.#max = max;
    this.#window = window;
  }

  /**
   * Asks for a restart, and counts it where it may be now.
   *
   * @param now The present moment, in milliseconds.
   * @returns 0: now; else how long to wait before one asks again, in milliseconds.
   */
  take(now: number): number {
    while (this.#times.length > 0 && this.#times[0] <= now - this.#window) this.#times.shift();
    if (this.#times.length >= this.#max) return this.#times[0] + this.#window - now;
    this.#times.push(now);
    return 0;
  }
}
