/**
 * Takes a message out of what the connection reads, up to its final dot.
 *
 * @module
 */

import { BODY_LEAST_RATE, BODY_RATE_GRACE } from "../session/limits.ts";
import { DotDecoder } from "../session/wire/dot_stuffing.ts";
import type { Body } from "./body.ts";

/** Fills one body. */
export class BodyReader {
  /** What it fills. */
  readonly body: Body;
  readonly #decoder = new DotDecoder();
  readonly #began: number;
  readonly #blockPatience: number;
  /** Time, in milliseconds, that was earned and is not kept. */
  #forfeited = 0;

  /**
   * Begins a message.
   *
   * @param body What to fill.
   * @param now The present moment, in milliseconds.
   * @param blockPatience How long to wait for the next block, in milliseconds.
   */
  constructor(body: Body, now: number, blockPatience: number) {
    this.body = body;
    this.#began = now;
    this.#blockPatience = blockPatience;
  }

  /** What was wrong with the line ends of the message. */
  get faults(): DotDecoder["faults"] {
    return this.#decoder.faults;
  }

  /**
   * Takes what came.
   *
   * @param chunk The octets; what is of the message is copied.
   * @returns What followed the final dot, or null where the message goes on.
   */
  take(chunk: Uint8Array): Uint8Array | null {
    const end = this.#decoder.decode(chunk, (piece) => this.body.push(piece));
    return end < 0 ? null : chunk.subarray(end);
  }

  /**
   * How long to wait for the next block: a client may pause, but not be slow for ever. What it sent faster than it had
   * to earns it one pause, no more; or else it could hold a large part of a message for hours by a few octets.
   *
   * @param now The present moment, in milliseconds.
   * @returns Milliseconds.
   */
  patience(now: number): number {
    const earned = this.body.size * 1000 / BODY_LEAST_RATE - this.#forfeited;
    const kept = now - this.#began + Math.max(this.#blockPatience, BODY_RATE_GRACE);
    this.#forfeited += Math.max(0, earned - kept);
    const rateEnds = this.#began + Math.max(BODY_RATE_GRACE, Math.min(earned, kept));
    return Math.max(1, Math.min(this.#blockPatience, rateEnds - now));
  }
}
