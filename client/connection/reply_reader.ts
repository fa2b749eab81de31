/**
 * Replies as they come in on a channel.
 *
 * @module
 */

import type { Channel } from "../../session/transport/channel.ts";
import { type Reply, ReplyDecoder, type ReplyLimits } from "../../session/wire/reply.ts";
import { Inbox } from "./inbox.ts";

/** Reads replies, and knows what has come that nobody asked for. Whoever gets a new channel makes a new one. */
export class ReplyReader {
  readonly #inbox: Inbox;
  readonly #decoder: ReplyDecoder;
  /** Replies that were decoded ahead of need. */
  readonly #ready: Reply[] = [];

  /**
   * Makes a reader that has read nothing.
   *
   * @param channel The channel; nobody else may read from it.
   * @param limits How much to take from the server.
   */
  constructor(channel: Channel, limits: ReplyLimits) {
    this.#inbox = new Inbox(channel);
    this.#decoder = new ReplyDecoder(limits);
  }

  /**
   * Reads a reply.
   *
   * @returns The reply; null where the server has closed.
   * @throws {SyntaxError} If something else came.
   */
  async next(): Promise<Reply | null> {
    for (;;) {
      const reply = this.#ready.shift() ?? this.#decoder.next();
      if (reply !== null) return reply;
      const chunk = await this.#inbox.take();
      if (chunk === null) return null;
      this.#decoder.push(chunk);
    }
  }

  /** Whether octets, the end or an error have come since the last reply was read; known without waiting. */
  get arrived(): boolean {
    return this.#ready.length > 0 || this.#inbox.arrived;
  }

  /**
   * What has come without having been asked for.
   *
   * @returns A reply, a part of one, the end, or nothing.
   * @throws {SyntaxError} If it is no reply.
   */
  unasked(): Reply | "part" | "end" | "nothing" {
    if (this.#inbox.arrived) {
      const chunk = this.#inbox.takeNow();
      if (chunk === null) return "end";
      this.#decoder.push(chunk);
    }
    const reply = this.#ready.shift() ?? this.#decoder.next();
    return reply ?? (this.#decoder.pending ? "part" : "nothing");
  }

  /**
   * Whether the channel can be handed on: no octet has come behind the last reply, and no read is outstanding. The
   * reader is of no use afterwards.
   *
   * @returns Whether it can.
   */
  release(): boolean {
    return this.#decoder.takeRest().length === 0 && !this.arrived && !this.#inbox.reading;
  }

  /** Reads ahead. Only where {@linkcode ReplyReader.unasked} has said that there is nothing. */
  watch(): void {
    this.#inbox.watch();
  }

  /**
   * Waits for a promise, but no longer than until something comes in.
   *
   * @param promise The promise; its own rejection is passed on.
   * @returns Its value; undefined where something has come in first.
   */
  unlessArrival<T>(promise: Promise<T>): Promise<T | undefined> {
    if (!this.#decodeAhead()) return this.#inbox.unlessArrival(promise);
    promise.catch(() => {}); // whoever waits for it again hears of it
    return Promise.resolve(undefined);
  }

  /** Decodes what came together with the last reply: it is gone once the next read starts. Says whether there is anything. */
  #decodeAhead(): boolean {
    try {
      for (let reply; (reply = this.#decoder.next()) !== null;) this.#ready.push(reply);
    } catch {
      return true; // It is thrown again by whoever reads it.
    }
    return this.#ready.length > 0;
  }

  /**
   * Waits for whatever a server has left behind that takes no more octets.
   *
   * @returns Whether there is something to read.
   */
  async lastWords(): Promise<boolean> {
    this.#inbox.watch();
    await this.#inbox.settled();
    return this.#inbox.hasOctets;
  }
}
