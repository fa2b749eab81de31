/**
 * A deadline that is moved often and passes seldom.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { printable } from "../../session/wire/escape.ts";

/** One timer, which runs on while its deadline moves, and looks anew when it fires. */
export class Watchdog {
  readonly #expire: (error: SmtpError) => void;
  #what = "";
  #timeout = 0;
  #deadline = 0;
  #firesAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /**
   * Makes a watchdog without a deadline.
   *
   * @param expire Given the error when the deadline has passed. Must not throw.
   */
  constructor(expire: (error: SmtpError) => void) {
    this.#expire = expire;
  }

  /**
   * Sets the deadline anew.
   *
   * @param timeout From now, in milliseconds.
   * @param what What is waited for, secrets masked.
   */
  arm(timeout: number, what: string): void {
    this.#what = what;
    this.#timeout = timeout;
    this.#deadline = performance.now() + timeout;
    if (this.#timer !== null && this.#firesAt <= this.#deadline) return;
    this.stop();
    this.#start(timeout);
  }

  /** Takes the deadline away. The timer may fire once more, and does nothing then. */
  disarm(): void {
    this.#deadline = 0;
  }

  /** Ends the timer. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #start(timeout: number): void {
    this.#firesAt = performance.now() + timeout;
    const timer = setTimeout(() => this.#fire(), timeout);
    // A program that has nothing else to do need not wait for it: whoever waits for a reply reads.
    Deno.unrefTimer(timer);
    this.#timer = timer;
  }

  #fire(): void {
    this.#timer = null;
    if (this.#deadline === 0) return;
    const left = this.#deadline - performance.now();
    if (left > 0) return this.#start(left);
    this.#deadline = 0;
    const what = printable(this.#what, 200);
    const message = `Cannot wait longer for ${what}: ${this.#timeout} ms are over`;
    this.#expire(new SmtpError("timeout", message));
  }
}
