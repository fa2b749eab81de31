/**
 * A connection's link to its peer: reads, replies, deadlines and the end, without a thought for what is said.
 *
 * @module
 */

import { REPLIES, type Utterance } from "../../session/replies.ts";
import type { Channel } from "../../session/transport/channel.ts";
import type { DeadlineHolder } from "../../session/transport/deadlines.ts";
import { ReplyQueue } from "./reply_queue.ts";
import type { Service } from "../service.ts";
import { traceReply } from "./tracing.ts";

/** The peer may take this long to read the last reply, in milliseconds. */
const FAREWELL = 1000;
/** The octets that are read after the last reply, at the most. */
const FAREWELL_OCTETS = 256 * 1024;

const NOTHING_TO_SEND: Promise<void> = Promise.resolve();

/** One channel with the replies that wait for it and the deadline that it is under. */
export class Link implements DeadlineHolder {
  /** When to give up waiting; 0: never. */
  deadline = 0;
  /** The channel; TLS puts another in its place. */
  channel: Channel;
  /** Whether nothing more is to be read. */
  ended = false;
  readonly #id: number;
  readonly #service: Service;
  readonly #replies = new ReplyQueue();
  /** Whether the peer is being waited for, so that it can be told when the wait is over. */
  #listening = false;
  #farewell: Promise<void> | null = null;

  /**
   * Takes over a channel.
   *
   * @param channel The channel.
   * @param id The connection's number.
   * @param service The server.
   */
  constructor(channel: Channel, id: number, service: Service) {
    this.channel = channel;
    this.#id = id;
    this.#service = service;
    service.deadlines.add(this);
  }

  /** Whether the peer is being waited for at this moment. */
  get listening(): boolean {
    return this.#listening;
  }

  /** How long the oldest reply has waited, in milliseconds; 0 where none waits. */
  get held(): number {
    return this.#replies.empty ? 0 : this.#service.deadlines.now - this.#replies.since;
  }

  /** A deadline passed. */
  expire(): void {
    if (this.#listening) this.interrupt(REPLIES.timedOut);
    else this.channel.close();
  }

  /**
   * Waits for what the peer says.
   *
   * @param patience How long, in milliseconds.
   * @returns A view that holds until the next read; null where there is nothing more to read.
   * @throws {SmtpError} If the connection was lost.
   */
  read(patience: number): Promise<Uint8Array | null> {
    this.#listening = true;
    this.deadline = this.#service.deadlines.now + patience;
    // Not async, as an idle connection waits here. Where it rejects, end() comes next.
    return this.channel.read().then((chunk) => this.#heard(chunk));
  }

  #heard(chunk: Uint8Array | null): Uint8Array | null {
    this.#listening = false;
    if (this.ended) return null;
    this.deadline = 0;
    if (chunk === null) this.ended = true;
    return chunk;
  }

  /**
   * Utters a reply; it leaves with the next flush.
   *
   * @param reply The reply.
   */
  say(reply: Utterance): void {
    this.#replies.add(reply, this.#service.deadlines.now);
    traceReply(this.#service, this.#id, reply);
  }

  /** Sends what was uttered, in one write. */
  flush(): Promise<void> {
    if (this.#replies.empty) return NOTHING_TO_SEND;
    this.deadline = this.#service.deadlines.now + this.#service.options.timeouts.write;
    return this.channel.write(this.#replies.take()).then(() => {
      if (!this.ended) this.deadline = 0;
    });
  }

  /**
   * Ends the dialogue, after one more reply where there is one.
   *
   * @param reply The reply.
   */
  async close(reply?: Utterance): Promise<void> {
    if (reply !== undefined) this.say(reply);
    this.ended = true;
    await this.flush();
  }

  /**
   * Says a last word while the peer is being waited for.
   *
   * @param reply The last word.
   */
  interrupt(reply: Utterance): void {
    this.#listening = false;
    this.ended = true;
    this.say(reply);
    this.deadline = this.#service.deadlines.now + FAREWELL;
    this.#farewell = this.#sayFarewell();
  }

  /** Ends it at once, with no last word. */
  abort(): void {
    this.ended = true;
    this.channel.close();
  }

  /**
   * Lets go of the channel. A socket that is closed while unread octets wait is reset, and a reset may take our last
   * reply from the peer; so our side ends first, and the peer gets a while to end its own. Never rejects.
   */
  async end(): Promise<void> {
    this.ended = true;
    this.#listening = false;
    this.deadline = this.#service.deadlines.now + FAREWELL;
    await this.#farewell;
    await this.#sayFarewell();
    await this.#drain();
    this.#service.deadlines.delete(this);
    this.channel.close();
  }

  async #sayFarewell(): Promise<void> {
    try {
      if (!this.#replies.empty) await this.channel.write(this.#replies.take());
      await this.channel.closeWrite();
    } catch {
      // The peer is gone, which is where this leads anyway.
    }
  }

  async #drain(): Promise<void> {
    try {
      for (let octets = 0; octets < FAREWELL_OCTETS;) {
        const chunk = await this.channel.read();
        if (chunk === null) return;
        octets += chunk.length;
      }
    } catch {
      // The peer is gone, or the deadline has closed the channel.
    }
  }
}
