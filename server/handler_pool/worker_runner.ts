/**
 * One worker, seen from the server: starts it, hands it events, and notices when it has died, ran away or was
 * tampered with.
 *
 * @module
 */

import { packCalls } from "../../session/handler/calls.ts";
import {
  type FromWorker,
  parseFromWorker,
  parseResult,
  resultId,
  type ToWorker,
} from "../../session/handler/messages.ts";
import { faultAnswer } from "../../session/handler/session.ts";
import { Alarm } from "./alarm.ts";
import type { Call } from "./call.ts";
import { workerOptions } from "./grants.ts";
import { InFlight } from "./in_flight.ts";
import { LifeLock } from "./life_lock.ts";
import { WorkerLog } from "./worker_log.ts";
import { initMessage, type WorkerEnd, type WorkerOwner, type WorkerTask } from "./worker_task.ts";

/** How long a worker whose lock was released may still speak, in milliseconds: what it posted before it died arrives, and one that lives answers. */
const LAST_WORDS = 50;

/** The numbers of pings: whether it answers at all, and whether it does so without its lock. */
const [LIFE_CHECK, LOCK_CHECK] = [0, 1];

/** One worker. */
export class WorkerRunner {
  readonly #task: WorkerTask;
  readonly #owner: WorkerOwner;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #lock = new LifeLock();
  readonly #log: WorkerLog;
  readonly #inFlight: InFlight;
  readonly #started = Promise.withResolvers<void>();
  readonly #loading: Alarm;
  readonly #silence: Alarm;
  #state: "starting" | "ready" | "retired" | "ended" = "starting";
  #flushing = false;
  /** Whether the last batch has not been taken yet: until then the next one grows, for a message costs more than a call. */
  #posted = false;
  #heard = 0;
  /** Whether a ping waits for its answer. */
  #pinged = false;
  /** Whether a deadline passed that the worker has not been seen alive since. */
  #late = false;
  #lastWords: ReturnType<typeof setTimeout> | null = null;

  /**
   * Makes the worker; {@linkcode WorkerRunner.started} tells when its script has loaded.
   *
   * @param task What it runs.
   * @param owner Who owns it.
   * @throws {Deno.errors.NotCapable} If it is granted what the process lacks.
   */
  constructor(task: WorkerTask, owner: WorkerOwner) {
    this.#task = task;
    this.#owner = owner;
    this.#log = new WorkerLog(task.deadlines, owner);
    this.#inFlight = new InFlight(task.concurrency);
    this.#loading = new Alarm(task.deadlines, () => this.#loadTooLong());
    this.#silence = new Alarm(task.deadlines, () => this.#checkSilence());
    this.#started.promise.catch(() => {});
    this.#worker = new Worker(task.script.entry, workerOptions(task.permissions));
    this.#worker.addEventListener("error", (event) => {
      // Unless prevented, the error of a worker ends the process.
      event.preventDefault();
      this.#failed(event.message);
    });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = (event: MessageEvent<unknown>): void => this.#receive(event.data);
    this.#worker.postMessage(initMessage(task, this.#lock.name, this.#inFlight), [
      port2,
    ]);
    this.#loading.setIn(task.tuning.load);
  }

  /** Settles when the script has loaded, or has not. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Resolves when the thread of the worker has really ended. */
  get gone(): Promise<void> {
    return this.#lock.gone;
  }

  /** How many more events it takes. */
  get room(): number {
    if (this.#state !== "ready" || this.#lastWords !== null) return 0;
    return this.#task.concurrency - this.#inFlight.size;
  }

  /** How many events are in flight. */
  get load(): number {
    return this.#inFlight.size;
  }

  /**
   * Hands it an event; all of one turn of the event loop go in one message.
   *
   * @param call The event.
   */
  post(call: Call): void {
    this.#inFlight.add(call, (id) => this.#wasLate(id));
    if (!this.#silence.set) this.#silence.setIn(this.#task.tuning.ping);
    this.#flushSoon();
  }

  /** Gives it no more events: it hands back what it has not begun, finishes the rest, and ends. */
  retire(): void {
    if (this.#state === "starting") return this.#end("retired", "its worker was replaced");
    if (this.#state !== "ready") return;
    this.#state = "retired";
    this.#owner.retired(this.#inFlight.takeUnbegun());
    this.#endIfDone();
  }

  /** Ends it; what is in flight faults. */
  close(): void {
    this.#end("closed", "stopped: the server ended");
  }

  /** Watches no longer whether the thread has ended. */
  forget(): void {
    this.#lock.forget();
  }

  #flushSoon(): void {
    if (this.#flushing || this.#posted) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    // What is not posted to a worker that seems to have ended can go to another, however large it is.
    if (this.#state === "ended" || this.#lastWords !== null) return;
    const calls = this.#inFlight.takeBatch();
    if (calls.length === 0) return;
    const transfer: ArrayBuffer[] = [];
    try {
      this.#say(packCalls(calls, transfer, this.#inFlight.mailbox), transfer);
      this.#posted = true;
    } catch (error) {
      const reason = `could not be handed to its worker: ${String(error)}`;
      for (const [id] of calls) this.#inFlight.settle(id, () => faultAnswer(reason));
    }
  }

  #say(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  #receive(data: unknown): void {
    if (this.#state === "ended") return;
    const message = parseFromWorker(data);
    if (message === null) return this.#log.addMisfit();
    this.#heard = this.#task.deadlines.now;
    this.#handle(message);
  }

  #handle(message: FromWorker): void {
    switch (message.kind) {
      case "results":
        return this.#receiveResults(message);
      case "pong":
        return this.#receivePong(message.id);
      case "locked":
        return this.#lock.watch(() => this.#released());
      case "ready":
        // A script that ends its worker while it loads still runs to its end: one more answer tells.
        return this.#say({ kind: "ping", id: LIFE_CHECK });
      case "refused":
        return this.#end("refused", message.reason);
      case "lockLost":
        return this.#end("tampered with", "tampering: the lock of its worker was stolen");
      case "logs":
        for (const record of message.records) this.#log.add(record);
    }
  }

  #receiveResults({ taken, results, spent }: FromWorker & { kind: "results" }): void {
    for (const buffer of spent) this.#task.buffers.give(new Uint8Array(buffer));
    if (taken) this.#posted = false;
    if (this.#inFlight.batched) this.#flushSoon();
    for (let i = 0; i < results.length; i++) {
      const result = results[i];
      this.#inFlight.settle(
        resultId(result),
        () => parseResult(result) ?? faultAnswer("its answer does not fit"),
      );
    }
    if (this.#state === "retired") this.#endIfDone();
    else if (this.room > 0) this.#owner.freed();
  }

  /** Nothing but the ping after its "ready" is sent to a worker that starts. */
  #becomeReady(): void {
    if (!this.#lock.watched) return;
    this.#state = "ready";
    this.#loading.clear();
    this.#started.resolve();
  }

  #released(): void {
    if (this.#state === "ended") return;
    this.#say({ kind: "ping", id: LOCK_CHECK });
    this.#lastWords = setTimeout(() => this.#end("died", "its worker ended"), LAST_WORDS);
  }

  #receivePong(id: number): void {
    if (id === LOCK_CHECK) {
      return this.#end("tampered with", "tampering: its worker lives but released its lock");
    }
    this.#pinged = false;
    this.#late = false;
    if (this.#state === "starting") this.#becomeReady();
    else if (this.#state === "retired") this.#endIfDone();
  }

  #failed(message: string): void {
    if (this.#state === "ended" || this.#lastWords !== null) return;
    // Where the lock is held, its release tells when the worker is gone; what it said before comes first.
    if (this.#lock.watched) this.#owner.log("error", `its worker failed: ${message}`);
    else this.#end("refused", message);
  }

  #loadTooLong(): void {
    this.#end("refused", `it had not loaded after ${this.#task.tuning.load} ms`);
  }

  /** A deadline passed. The event is given up; whether the worker is lost too, a ping will show. */
  #wasLate(id: number): void {
    this.#inFlight.giveUp(id);
    this.#late = true;
    if (!this.#pinged) this.#ping();
    // Given up events stay in the worker's memory: past a bound it is replaced.
    if (this.#inFlight.givenUp > this.#task.concurrency) this.retire();
    if (this.#state === "ready") this.#owner.freed();
    else if (this.#state === "retired") this.#endIfDone();
  }

  #ping(): void {
    this.#pinged = true;
    this.#say({ kind: "ping", id: LIFE_CHECK });
    this.#silence.setIn(this.#task.tuning.ping);
  }

  #checkSilence(): void {
    const { tuning, deadlines } = this.#task;
    if (this.#pinged) {
      if (this.#late) return this.#end("ran away", "late: its worker is in an endless loop");
      // It may be at work: what it has begun keeps its deadline, all else goes elsewhere.
      this.retire();
      return this.#silence.setIn(tuning.ping);
    }
    if (this.#inFlight.size === 0) return;
    const quiet = deadlines.now - this.#heard;
    if (quiet < tuning.ping) this.#silence.setIn(tuning.ping - quiet);
    else this.#ping();
  }

  #endIfDone(): void {
    if (this.#inFlight.size === 0 && !this.#late) this.#end("retired", "its worker was replaced");
  }

  #end(how: WorkerEnd, reason: string): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#loading.clear();
    this.#silence.clear();
    if (this.#lastWords !== null) clearTimeout(this.#lastWords);
    this.#port.close();
    this.#worker.terminate();
    // It may be about to take its lock.
    if (!this.#lock.watched) setTimeout(() => this.#lock.watch(() => {}), LAST_WORDS);
    this.#started.reject(new Error(reason));
    const unbegun = how === "closed" ? [] : this.#inFlight.takeUnbegun();
    this.#inFlight.failAll(reason);
    this.#owner.ended(how, unbegun);
  }
}
