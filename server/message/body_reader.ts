/**
 * Takes a message out of what the connection reads, up to its final dot, or a chunk at a time.
 *
 * @module
 */

import { BODY_LEAST_RATE, BODY_RATE_GRACE } from "../../session/limits.ts";
import type { ChunkDecoder } from "../../session/wire/chunk.ts";
import type { DotDecoder } from "../../session/wire/dot_stuffing.ts";
import { Body } from "./body.ts";
import type { Service } from "../service.ts";

/** Fills one body. */
export class BodyReader<Decoder extends DotDecoder | ChunkDecoder = DotDecoder | ChunkDecoder> {
  /** What it fills. */
  readonly body: Body;
  /** What tells where the message, or its chunk, ends. */
  readonly decoder: Decoder;
  readonly #began: number;
  readonly #blockPatience: number;
  /** Time, in milliseconds, that was earned and is not kept. */
  #forfeited = 0;

  /**
   * Begins a message.
   *
   * @param body What to fill.
   * @param decoder What tells where the message, or its chunk, ends.
   * @param now The present moment, in milliseconds.
   * @param blockPatience How long to wait for the next block, in milliseconds.
   */
  constructor(body: Body, decoder: Decoder, now: number, blockPatience: number) {
    this.body = body;
    this.decoder = decoder;
    this.#began = now;
    this.#blockPatience = blockPatience;
  }

  /**
   * Takes what came.
   *
   * @param chunk The octets; what is of the message is copied.
   * @returns What followed the final dot, or the chunk; null where there is more to come.
   */
  take(chunk: Uint8Array): Uint8Array | null {
    const end = this.decoder.decode(chunk, (piece) => this.body.push(piece));
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

/**
 * Begins a message.
 *
 * @param service The server.
 * @param decoder What tells where the message, or its chunk, ends.
 * @param limit The most octets that it may have; what is over it is counted and dropped.
 * @returns The reader, with an empty body.
 */
export function createReader<Decoder extends DotDecoder | ChunkDecoder>(
  { options, budget, buffers, deadlines }: Service,
  decoder: Decoder,
  limit: number = options.limits.messageSize,
): BodyReader<Decoder> {
  const body = new Body(limit, budget, buffers);
  return new BodyReader(body, decoder, deadlines.now, options.timeouts.dataBlock);
}
