/**
 * One event on its way to a worker.
 *
 * @module
 */

import type { EventName, SessionFacts } from "../../session/handler/session.ts";
import { isRepeatable } from "../../session/handler/calls.ts";
import type { Pending } from "./pending.ts";

/** An event, what its handler is told, and who waits for the answer. */
export class Call {
  /** The event. */
  readonly event: EventName;
  /** What the handler is told. */
  readonly facts: SessionFacts;
  /** Who waits for the answer. */
  readonly pending: Pending;
  #spent = false;

  /**
   * Makes a call.
   *
   * @param event The event.
   * @param facts What the handler is told.
   * @param pending Who waits for the answer.
   */
  constructor(event: EventName, facts: SessionFacts, pending: Pending) {
    this.event = event;
    this.facts = facts;
    this.pending = pending;
  }

  /** Whether its body was moved to a worker, so that it cannot go to another. */
  get spent(): boolean {
    return this.#spent;
  }

  /** Notes that it was posted. */
  markPosted(): void {
    this.#spent = !isRepeatable(this.facts);
  }
}
