/**
 * The worker half: it holds the private port, loads the handler script, runs its events and sends the answers.
 *
 * The module does nothing until {@linkcode serve} is called, which the entry of a worker does; the server imports it
 * for its URL alone, so that it is in the static module graph, and so in the cache of an installation.
 *
 * @module
 */

import type { EventName, EventSessions } from "./events.ts";
import { type Answer, faultAnswer } from "./facts.ts";
import { cut, describeThrown } from "./fault.ts";
import { processLocks } from "./locks.ts";
import { LogRate } from "./log_rate.ts";
import { formatRecord } from "./log_record.ts";
import { tapLogTape } from "./log_tap.ts";
import { emptyMailbox, unpackCalls } from "./calls.ts";
import {
  type CallMessage,
  type FromWorker,
  type InitMessage,
  type LogMessage,
  packResult,
  PROTOCOL_VERSION,
  type ResultMessage,
  type ToWorker,
} from "./messages.ts";
import { beginCall } from "./shared_memory.ts";
import { compilePlainScript, makeInfinity } from "./plain_script.ts";
import { createSession } from "./session.ts";

/** Where this module is, for the entry of a worker. */
export const WORKER_HALF: string = import.meta.url;

// What the user's code may replace later is kept here, before that code is loaded.
const { apply } = Reflect;
const { now } = performance;
const later = setImmediate;
const clock = performance;
const postMessage = MessagePort.prototype.postMessage;

/** Loads the script of a worker, where that is a module. */
export type LoadModule = () => Promise<Record<string, unknown>>;

/** What handles an event: gets the session. */
type EventHandler = (session: EventSessions[EventName]) => unknown;

/** Listens to the worker's own messages; the part of its global scope that is used here. */
interface WorkerScope {
  addEventListener(
    type: string,
    listener: (event: never) => void,
    options?: { once: boolean },
  ): void;
}

/**
 * Begins to serve in this worker: waits for the first message, loads the script, and says when it is ready.
 *
 * @param load Loads the script; null where it is a plain script, whose text is in the first message.
 */
export function serve(load: LoadModule | null): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.addEventListener("message", (event: MessageEvent<InitMessage>) => {
    new WorkerHalf(event.ports[0], event.data).start(scope, event.data, load);
  }, { once: true });
}

/** One worker, seen from within. */
class WorkerHalf {
  readonly #port: MessagePort;
  readonly #ledger: Int32Array;
  readonly #mailbox: Uint8Array;
  readonly #handlers: Partial<Record<EventName, EventHandler>> = Object.create(null);
  #results: ResultMessage[] = [];
  #spent: ArrayBuffer[] = [];
  #flushing = false;
  readonly #logRate = new LogRate();

  constructor(port: MessagePort, { ledger, mailbox }: InitMessage) {
    this.#port = port;
    this.#ledger = ledger;
    this.#mailbox = mailbox;
  }

  start(scope: WorkerScope, init: InitMessage, load: LoadModule | null): void {
    if (init.version !== PROTOCOL_VERSION) {
      this.#refuse(`the worker half has version ${PROTOCOL_VERSION}, the server ${init.version}`);
      return;
    }
    scope.addEventListener("error", (event: ErrorEvent) => {
      event.preventDefault();
      this.#log({ level: "error", message: cut(`uncaught: ${event.message}`) });
    });
    // A promise that nobody waits for must not take the other events of this worker down with it.
    scope.addEventListener("unhandledrejection", (event: PromiseRejectionEvent) => {
      event.preventDefault();
      this.#log({
        level: "error",
        message: `unhandled rejection: ${describeThrown(event.reason)}`,
      });
    });
    tapLogTape((record) => this.#log(formatRecord(record)));
    this.#port.onmessage = (event: MessageEvent<ToWorker>): void => this.#receive(event.data);
    this.#hold(init.lock, () => {
      this.#post({ kind: "locked" });
      this.#load(init, load);
    });
  }

  /** Holds a lock until the worker ends; the parent sees its release. */
  #hold(lock: string, held: () => void): void {
    processLocks().request(lock, {}, () => {
      held();
      return new Promise(() => {});
    }).catch(() => this.#post({ kind: "lockLost" }));
  }

  async #load(init: InitMessage, load: LoadModule | null): Promise<void> {
    try {
      if (load === null) this.#usePlain(init);
      else this.#useModule(init.events, await load());
    } catch (thrown) {
      this.#refuse(describeThrown(thrown));
      return;
    }
    this.#post({ kind: "ready" });
  }

  #usePlain({ source, url, events }: InitMessage): void {
    const script = compilePlainScript(source ?? "", url);
    for (const event of events) {
      this.#handlers[event] = (session) => script(makeInfinity(session));
    }
  }

  #useModule(events: readonly EventName[], module: Record<string, unknown>): void {
    for (const event of events) {
      const handler = module[event] ?? module.default;
      if (typeof handler !== "function") {
        throw new TypeError(`the module must export a function "${event}", or one by default`);
      }
      this.#handlers[event] = handler as EventHandler;
    }
  }

  #receive(message: ToWorker): void {
    if (message.kind === "ping") {
      this.#post({ kind: "pong", id: message.id });
      return;
    }
    const calls = unpackCalls(message, this.#mailbox);
    for (let i = 0; i < calls.length; i++) this.#run(calls[i]);
    if (message.copies === null) emptyMailbox(calls);
    // What was answered at once goes out at once, in one message, which says too that the calls were taken.
    this.#postResults(true);
  }

  #run([id, event, facts]: CallMessage): void {
    if (!beginCall(this.#ledger, id)) {
      this.#answer(id, faultAnswer("taken back before it was begun"));
      return;
    }
    const call = createSession(event, facts, this.#dispose);
    const handler = this.#handlers[event];
    try {
      if (handler === undefined) throw new TypeError(`no handler for ${event}`);
      const result = handler(call.session);
      if (!isThenable(result)) {
        this.#answer(id, call.settle());
        return;
      }
      this.#finish(id, call.settle, result);
    } catch (thrown) {
      this.#answer(id, call.settle(describeThrown(thrown)));
    }
  }

  async #finish(id: number, settle: (fault?: string) => Answer, result: unknown): Promise<void> {
    let fault: string | undefined;
    try {
      await result;
    } catch (thrown) {
      fault = describeThrown(thrown);
    }
    this.#answer(id, settle(fault));
    if (this.#flushing) return;
    this.#flushing = true;
    later(() => this.#flush());
  }

  /** A message in pieces was moved here and goes back; one in a single piece lies in one buffer with others. */
  readonly #dispose = (pieces: readonly Uint8Array[]): void => {
    if (pieces.length === 1) return;
    for (let i = 0; i < pieces.length; i++) {
      this.#spent[this.#spent.length] = pieces[i].buffer as ArrayBuffer;
    }
  };

  #answer(id: number, answer: Answer): void {
    this.#results[this.#results.length] = packResult(id, answer);
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#results.length > 0) this.#postResults(false);
  }

  #postResults(taken: boolean): void {
    const results = this.#results;
    const spent = this.#spent;
    this.#results = [];
    this.#spent = [];
    this.#post({ kind: "results", taken, results, spent }, spent);
  }

  #refuse(reason: string): void {
    this.#post({ kind: "refused", reason });
  }

  #log(record: LogMessage | string | null): void {
    const taken = record && this.#logRate.limit(record, apply(now, clock, []));
    if (taken !== null) this.#post({ kind: "logs", records: [taken] });
  }

  #post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    apply(postMessage, this.#port, [message, transfer]);
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
}
