/**
 * An event that waits for its answer.
 *
 * @module
 */

import { type Answer, faultAnswer } from "../../session/handler/session.ts";
import type { DeadlineHolder, Deadlines } from "../../session/transport/deadlines.ts";

/** An answer to come: settled once, by an answer or by the deadline. */
export class Pending implements DeadlineHolder {
  /** The moment by which it must be settled, in milliseconds of the clock of the deadlines; 0: watched no more. */
  deadline: number;
  /** Told when the deadline has passed, after it was answered so. */
  onLate: (() => void) | null = null;
  readonly #deadlines: Deadlines;
  readonly #resolve: (answer: Answer) => void;
  #settled = false;

  /**
   * Makes one, and has its deadline watched.
   *
   * @param deadlines Who watches.
   * @param deadline The moment.
   * @param resolve Gets the answer, once.
   */
  constructor(deadlines: Deadlines, deadline: number, resolve: (answer: Answer) => void) {
    this.deadline = deadline;
    this.#deadlines = deadlines;
    this.#resolve = resolve;
    deadlines.add(this);
  }

  /** Whether there is an answer. */
  get settled(): boolean {
    return this.#settled;
  }

  /**
   * Answers. Does nothing the second time.
   *
   * @param answer The answer.
   */
  settle(answer: Answer): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#deadlines.delete(this);
    this.#resolve(answer);
  }

  /** Answers that it is late. */
  expire(): void {
    this.settle(faultAnswer("late: it had not settled by its deadline"));
    this.onLate?.();
  }
}
