/**
 * A network thread, seen from the application's thread: starts it, answers what it asks, and clears up after it if it
 * dies.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { unpackCalls } from "../../session/handler/calls.ts";
import {
  type CallMessage,
  packResult,
  type ResultMessage,
} from "../../session/handler/messages.ts";
import { type Answer, EVENT_NAMES } from "../../session/handler/session.ts";
import type { ServerTlsOptions } from "../../session/transport/tls.ts";
import type { Admission, Entry } from "../network/admission.ts";
import { workerOptions } from "../handler_pool/grants.ts";
import { tidy } from "../handler_pool/text.ts";
import type { Service } from "../service.ts";
import {
  type FromThread,
  type News,
  packOptions,
  packTls,
  type ToThread,
  unpackError,
} from "./messages.ts";
import { NETWORK_WORKER } from "./network_worker.ts";
import { SharedBudget } from "./shared_budget.ts";

const ENTRY = `data:text/javascript,${
  encodeURIComponent(`import { serve } from ${JSON.stringify(NETWORK_WORKER)};\nserve();`)
}`;

/** What the threads of a server share. */
export interface Shared {
  /** The service of the application's thread. */
  readonly service: Service;
  /** Who may connect. */
  readonly admission: Admission;
  /** What `SharedBudget` counts in. */
  readonly octets: BigInt64Array;
}

/** One thread. */
export class Thread {
  readonly #shared: Shared;
  readonly #number: number;
  readonly #worker: Worker;
  readonly #listening = Promise.withResolvers<Deno.NetAddr>();
  readonly #finished = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<number>();
  /** The numbers of its connections. */
  readonly #inside = new Set<number>();
  #results: ResultMessage[] = [];
  /** Buffers of messages, to be used again. */
  #spent: ArrayBuffer[] = [];
  #flushing = false;
  #started = false;
  #ended = false;

  /**
   * Makes the worker; {@linkcode Thread.listening} tells when it listens.
   *
   * @param shared What it shares with others.
   * @param number Its number, from 1.
   * @param port The port; 0 takes a free one.
   * @throws {Error} If the process itself may not listen there.
   */
  constructor(shared: Shared, number: number, port: number) {
    this.#shared = shared;
    this.#number = number;
    const { options, handlers, trace, tls } = shared.service;
    this.#finished.promise.catch(() => {});
    this.#worker = makeWorker(options.hostname, port);
    this.#worker.addEventListener("error", (event) => {
      // Unless prevented, the error of a worker ends the process.
      event.preventDefault();
      this.#died(tidy(event.message));
    });
    this.#worker.onmessage = (event: MessageEvent<FromThread>): void => this.#receive(event.data);
    this.#worker.postMessage({
      options: packOptions(options, port),
      events: EVENT_NAMES.filter((event) => handlers.has(event)),
      traced: trace !== null,
      tls: tls && packTls(tls),
      octets: shared.octets,
      number,
    });
  }

  /** Where it listens, once it does; rejects if it cannot. */
  get listening(): Promise<Deno.NetAddr> {
    return this.#listening.promise;
  }

  /** Resolves once it has stopped listening; rejects if its listener or the thread dies. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /**
   * Uses another certificate for the connections to come.
   *
   * @param tls How to set up TLS.
   */
  reload(tls: ServerTlsOptions): void {
    this.#say({ kind: "reload", tls: packTls(tls) });
  }

  /** Stops listening, and waits until it has. */
  async close(): Promise<void> {
    this.#say({ kind: "close" });
    await this.finished.catch(() => {});
  }

  /**
   * Lets the connections end, as a server that stops does.
   *
   * @returns How many connections were cut.
   */
  async stop(): Promise<number> {
    // What a thread took with it when it died is no part of what stopping comes to.
    if (this.#ended) return 0;
    this.#say({ kind: "stop" });
    const aborted = await this.#stopped.promise;
    this.end();
    return aborted;
  }

  /** Ends the thread as it is. */
  end(): void {
    this.#ended = true;
    this.#worker.terminate();
  }

  #say(message: ToThread, transfer: ArrayBuffer[] = []): void {
    if (!this.#ended) this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromThread): void {
    if (this.#ended) return;
    switch (message.kind) {
      case "batch": {
        const entries: Entry[] = [];
        for (const news of message.news) this.#hear(news, entries);
        for (const call of message.calls === null ? [] : unpackCalls(message.calls)) {
          this.#run(call);
        }
        // Says too that the batch was taken.
        return this.#post(entries);
      }
      case "listening":
        this.#started = true;
        return this.#listening.resolve(message.addr);
      case "refused":
        return this.#listening.reject(new Error(message.reason));
      case "finished":
        if (message.error === null) return this.#finished.resolve();
        return this.#finished.reject(unpackError(message.error));
      case "stopped":
        return this.#stopped.resolve(message.aborted);
    }
  }

  #hear(news: News, entries: Entry[]): void {
    const { service, admission } = this.#shared;
    switch (news.kind) {
      case "enter": {
        const entry = admission.enter(news.ip);
        if (typeof entry === "number") this.#inside.add(entry);
        entries.push(entry);
        return;
      }
      case "leave":
        this.#inside.delete(news.id);
        return admission.leave(news.id);
      case "trace":
        return service.trace?.(news.line);
      case "lost":
        return service.lost(new SmtpError(news.cause, news.message), news.peer);
      case "fault":
        return service.fault(unpackError(news.error), news.where);
    }
  }

  #run([id, event, facts]: CallMessage): void {
    const { body } = facts;
    // A message in several pieces was moved here.
    const pieces = body !== null && body.length > 1 ? [...body] : [];
    const answer = this.#shared.service.handlers.run(event, facts);
    if (!(answer instanceof Promise)) return this.#answer(id, answer, pieces);
    answer.then((settled) => {
      // A handler that is late reads no more of it.
      if (body !== null) body.length = 0;
      this.#answer(id, settled, pieces);
      if (this.#flushing) return;
      this.#flushing = true;
      setImmediate(() => {
        this.#flushing = false;
        if (this.#results.length > 0) this.#post([]);
      });
    });
  }

  #answer(id: number, answer: Answer, pieces: readonly Uint8Array[]): void {
    this.#results.push(packResult(id, answer));
    for (const { buffer } of pieces) {
      // What went on to a worker does not come back to this thread.
      if (buffer.byteLength > 0) this.#spent.push(buffer as ArrayBuffer);
    }
  }

  #post(entries: readonly Entry[]): void {
    const results = this.#results;
    const spent = this.#spent;
    this.#results = [];
    this.#spent = [];
    this.#say({ kind: "answers", entries, results, spent }, spent);
  }

  /** Its sockets are closed by then. Nobody is left who could tell `onDisconnect` of its connections. */
  #died(reason: string): void {
    if (this.#ended) return;
    const { service, admission, octets } = this.#shared;
    const action = this.#started ? "go on in" : "start";
    const error = new Error(`Cannot ${action} network thread ${this.#number}: ${reason}`);
    if (this.#started) service.fault(error, "thread");
    this.end();
    this.#listening.reject(error);
    this.#finished.reject(error);
    this.#stopped.resolve(this.#inside.size);
    for (const id of this.#inside) admission.leave(id);
    new SharedBudget(service.options.limits.octetsInFlight, octets, this.#number).giveAll();
  }
}

/** It runs nothing but our own code, and yet: what reads the octets of strangers may do no more than it must. */
function makeWorker(hostname: string, port: number): Worker {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  try {
    return new Worker(ENTRY, workerOptions({ net: [`${host}:${port}`] }));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    const where = `${hostname} port ${port}`;
    throw new Error(`Cannot listen on ${where}: run with --allow-net=${host}`, { cause });
  }
}
