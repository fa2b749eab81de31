/**
 * What a worker has to log, checked and counted: its script may have forged all of it.
 *
 * @module
 */

import { LogRate } from "../../session/handler/log_rate.ts";
import type { LogMessage } from "../../session/handler/messages.ts";
import type { Deadlines } from "../../session/transport/deadlines.ts";
import { parseRecord } from "./script_record.ts";
import type { WorkerOwner } from "./worker_task.ts";

const MISFIT: LogMessage = {
  level: "warning",
  message: "its worker sent a message that does not fit",
};

/** The log of one worker. */
export class WorkerLog {
  readonly #rate = new LogRate();
  readonly #clock: Deadlines;
  readonly #owner: WorkerOwner;

  /**
   * Makes an empty one.
   *
   * @param clock What the time is.
   * @param owner Who logs.
   */
  constructor(clock: Deadlines, owner: WorkerOwner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /**
   * Logs, unless the worker has logged too much.
   *
   * @param record A record of the worker half's; or a text with one of the script's own.
   */
  add(record: LogMessage | string): void {
    const taken = this.#rate.limit(record, this.#clock.now);
    if (taken === null) return;
    const parsed = typeof taken === "string" ? parseRecord(taken) ?? MISFIT : taken;
    if (!("category" in parsed)) return this.#owner.log(parsed.level, parsed.message);
    this.#owner.log(parsed.level, parsed.template, parsed);
  }

  /** Logs that the worker said something that none of ours says. */
  addMisfit(): void {
    this.add(MISFIT);
  }
}
