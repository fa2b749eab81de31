/**
 * The events that one worker has, from handing over to the answer.
 *
 * @module
 */

import type { CallMessage } from "../../session/handler/messages.ts";
import { makeLedger, makeMailbox, takeBackCall } from "../../session/handler/shared_memory.ts";
import { type Answer, faultAnswer } from "../../session/handler/session.ts";
import type { Call } from "./call.ts";

/** The calls of one worker, by number. */
export class InFlight {
  /** Shared with the worker; see {@linkcode makeLedger}. */
  readonly ledger: Int32Array;
  /** Shared with the worker; see {@linkcode makeMailbox}. */
  readonly mailbox: Uint8Array = makeMailbox();
  readonly #calls = new Map<number, Call>();
  /** Those that were given up, and may be answered yet. */
  readonly #givenUp = new Set<number>();
  #batch: Call[] = [];
  #firstOfBatch = 1;
  #lastId: number;

  /**
   * Makes an empty list.
   *
   * @param concurrency How many calls there may be.
   * @param lastId The number before that of the first call; a test begins late.
   */
  constructor(concurrency: number, lastId = 0) {
    this.ledger = makeLedger(concurrency);
    this.#lastId = lastId;
  }

  /** How many calls wait for their answer. */
  get size(): number {
    return this.#calls.size;
  }

  /** Whether calls wait to be posted. */
  get batched(): boolean {
    return this.#batch.length > 0;
  }

  /** How many calls were given up and not answered since: they stay in the worker's memory. */
  get givenUp(): number {
    return this.#givenUp.size;
  }

  /**
   * Takes a call up.
   *
   * @param call The call.
   * @param onLate Told when its deadline has passed, with its number.
   */
  add(call: Call, onLate: (id: number) => void): void {
    const id = ++this.#lastId;
    this.#calls.set(id, call);
    call.pending.onLate = (): void => onLate(id);
    if (this.#batch.length === 0) this.#firstOfBatch = id;
    this.#batch.push(call);
  }

  /**
   * Takes what has come since the last time, to be posted.
   *
   * @returns The calls, but for those that have expired meanwhile.
   */
  takeBatch(): CallMessage[] {
    const batch = this.#batch;
    this.#batch = [];
    const messages: CallMessage[] = [];
    for (let i = 0; i < batch.length; i++) {
      const call = batch[i];
      const id = this.#firstOfBatch + i;
      if (call.pending.settled) {
        // It never reaches the worker, and so no answer will take it off.
        this.#givenUp.delete(id);
        continue;
      }
      call.markPosted();
      messages.push([id, call.event, call.facts]);
    }
    return messages;
  }

  /**
   * Settles a call. Does nothing where there is none of that number.
   *
   * @param id The number.
   * @param answer Makes the answer.
   */
  settle(id: number, answer: () => Answer): void {
    const call = this.#calls.get(id);
    if (call === undefined) {
      this.#givenUp.delete(id);
      return;
    }
    this.#calls.delete(id);
    call.pending.onLate = null;
    call.pending.settle(answer());
  }

  /**
   * Settles all calls with one fault.
   *
   * @param reason The fault.
   */
  failAll(reason: string): void {
    for (const id of [...this.#calls.keys()]) this.settle(id, () => faultAnswer(reason));
  }

  /**
   * Gives a call up whose deadline has passed.
   *
   * @param id Its number.
   */
  giveUp(id: number): void {
    if (!this.#calls.delete(id)) return;
    // Its client has been told to come again: where it has not been begun, it shall not be.
    takeBackCall(this.ledger, id);
    this.#givenUp.add(id);
  }

  /**
   * Takes back what the worker has not begun, but for what cannot be handed to another.
   *
   * @returns The calls, in their order.
   */
  takeUnbegun(): Call[] {
    const unbegun: Call[] = [];
    for (const [id, call] of this.#calls) {
      if (call.spent || !takeBackCall(this.ledger, id)) continue;
      this.#calls.delete(id);
      call.pending.onLate = null;
      unbegun.push(call);
    }
    this.#batch = [];
    return unbegun;
  }
}
