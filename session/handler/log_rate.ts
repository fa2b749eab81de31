/**
 * How much a handler worker may log.
 *
 * @module
 */

import type { LogMessage } from "./messages.ts";

/** How many records a worker may log in a second. */
export const LOGS_PER_SECOND = 50;

/** Stands in the log where records were dropped. */
const TOO_MANY: LogMessage = {
  level: "warning",
  message: `it logs more than ${LOGS_PER_SECOND} records a second, the others are dropped`,
};

/** Counts records by the second. The worker does so to spare us messages; we do, since its script can undo that. */
export class LogRate {
  #second = 0;
  #count = 0;

  /**
   * Takes a record, if it is not one too many.
   *
   * @param record The record.
   * @param now The time, in milliseconds.
   * @returns The record; for the first that is too many in a second, that there are too many; else null.
   */
  limit<T>(record: T, now: number): T | LogMessage | null {
    const second = now / 1_000 | 0;
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    this.#count++;
    if (this.#count <= LOGS_PER_SECOND) return record;
    return this.#count === LOGS_PER_SECOND + 1 ? TOO_MANY : null;
  }
}
