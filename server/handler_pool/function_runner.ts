/**
 * Runs a handler that is a function of the application's own.
 *
 * @module
 */

import { describeThrown } from "../../session/handler/fault.ts";
import {
  type Answer,
  createSession,
  type EventName,
  faultAnswer,
  type SessionFacts,
} from "../../session/handler/session.ts";
import type { Deadlines } from "../../session/transport/deadlines.ts";
import { Pending } from "./pending.ts";
import type { Runner } from "./handler.ts";

/** Runs a function in the main thread: at once where it is synchronous, with a deadline where it is not. */
export class FunctionRunner implements Runner {
  readonly #handler: (session: unknown) => unknown;
  readonly #deadlines: Deadlines;
  readonly #pending = new Set<Pending>();

  /**
   * Makes a runner.
   *
   * @param handler The function.
   * @param deadlines Who watches the deadlines.
   */
  constructor(handler: (session: unknown) => unknown, deadlines: Deadlines) {
    this.#handler = handler;
    this.#deadlines = deadlines;
  }

  /** Runs one event; see {@linkcode Runner}. */
  run(event: EventName, facts: SessionFacts, deadline: number): Answer | Promise<Answer> {
    const call = createSession(event, facts);
    let result: unknown;
    try {
      result = this.#handler(call.session);
      if (!isThenable(result)) return call.settle();
    } catch (thrown) {
      return call.settle(describeThrown(thrown));
    }
    const promise = Promise.resolve(result);
    return new Promise((resolve) => {
      const pending = new Pending(this.#deadlines, deadline, (answer) => {
        this.#pending.delete(pending);
        resolve(answer);
      });
      this.#pending.add(pending);
      promise.then(
        () => pending.settle(call.settle()),
        (thrown) => pending.settle(call.settle(describeThrown(thrown))),
      );
    });
  }

  /** Ends it; see {@linkcode Runner}. */
  close(): Promise<number> {
    for (const pending of this.#pending) pending.settle(faultAnswer("stopped: the server ended"));
    return Promise.resolve(0);
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
}
