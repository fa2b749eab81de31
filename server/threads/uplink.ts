/**
 * A network thread's way to the application's thread: what comes up while the last message is not yet answered goes in
 * one message, for a message costs more than what is in it.
 *
 * @module
 */

import { packCalls } from "../../session/handler/calls.ts";
import { type CallMessage, parseResult, resultId } from "../../session/handler/messages.ts";
import {
  type Answer,
  type EventName,
  faultAnswer,
  type SessionFacts,
} from "../../session/handler/session.ts";
import type { BufferPool } from "../../session/transport/buffer_pool.ts";
import type { Entry } from "../network/admission.ts";
import type { Door } from "../network/network.ts";
import type { EventHandlers } from "../service.ts";
import type { FromThread, News, ToThread } from "./messages.ts";

/** Posts a message to the application's thread. */
export type Post = (message: FromThread, transfer: ArrayBuffer[]) => void;

/** The handlers and the admission of the server, as a thread sees them. */
export class Uplink implements EventHandlers, Door {
  readonly #events: ReadonlySet<EventName>;
  readonly #post: Post;
  readonly #buffers: BufferPool;
  readonly #asked = new Map<number, (answer: Answer) => void>();
  readonly #entering: ((entry: Entry) => void)[] = [];
  #calls: CallMessage[] = [];
  #news: News[] = [];
  #lastCall = 0;
  #flushing = false;
  /** Whether the last batch has not been answered yet. */
  #posted = false;

  /**
   * Makes an uplink.
   *
   * @param events The events that have a handler.
   * @param post How to post.
   * @param buffers Where the buffers of large messages go that come back.
   */
  constructor(events: readonly EventName[], post: Post, buffers: BufferPool) {
    this.#events = new Set(events);
    this.#post = post;
    this.#buffers = buffers;
  }

  /** Whether an event has a handler; see {@linkcode EventHandlers}. */
  has(event: EventName): boolean {
    return this.#events.has(event);
  }

  /** Runs an event; see {@linkcode EventHandlers}. */
  run(event: EventName, facts: SessionFacts): Promise<Answer> {
    return new Promise((resolve) => {
      const id = ++this.#lastCall;
      this.#asked.set(id, resolve);
      this.#calls.push([id, event, facts]);
      this.#flushSoon();
    });
  }

  /** Asks to let a connection in; see {@linkcode Door}. */
  enter(ip: string): Promise<Entry> {
    return new Promise((resolve) => {
      this.#entering.push(resolve);
      this.tell({ kind: "enter", ip });
    });
  }

  /** Counts a connection out; see {@linkcode Door}. */
  leave(id: number): void {
    this.tell({ kind: "leave", id });
  }

  /**
   * Tells something.
   *
   * @param news What.
   */
  tell(news: News): void {
    this.#news.push(news);
    this.#flushSoon();
  }

  /**
   * Takes answers.
   *
   * @param answers The message.
   */
  take({ entries, results, spent }: Extract<ToThread, { kind: "answers" }>): void {
    this.#posted = false;
    if (this.#calls.length > 0 || this.#news.length > 0) this.#flushSoon();
    for (const buffer of spent) this.#buffers.give(new Uint8Array(buffer));
    for (const entry of entries) this.#entering.shift()?.(entry);
    for (const result of results) {
      const id = resultId(result);
      this.#asked.get(id)?.(parseResult(result) ?? faultAnswer("its answer does not fit"));
      this.#asked.delete(id);
    }
  }

  /** Posts what there is. */
  flush(): void {
    this.#flushing = false;
    const calls = this.#calls;
    const news = this.#news;
    if (calls.length === 0 && news.length === 0) return;
    this.#calls = [];
    this.#news = [];
    this.#posted = true;
    const transfer: ArrayBuffer[] = [];
    const packed = calls.length === 0 ? null : packCalls(calls, transfer);
    this.#post({ kind: "batch", news, calls: packed }, transfer);
  }

  #flushSoon(): void {
    if (this.#flushing || this.#posted) return;
    this.#flushing = true;
    setImmediate(() => this.flush());
  }
}
