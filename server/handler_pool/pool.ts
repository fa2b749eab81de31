/**
 * The workers of one script: shares the events among them, and replaces what ends.
 *
 * @module
 */

import {
  type Answer,
  type EventName,
  faultAnswer,
  type SessionFacts,
} from "../../session/handler/session.ts";
import type { BufferPool } from "../../session/transport/buffer_pool.ts";
import type { Deadlines } from "../../session/transport/deadlines.ts";
import type { ServerTelemetry } from "../telemetry/telemetry.ts";
import { Call } from "./call.ts";
import { CallQueue } from "./call_queue.ts";
import type { HandlerLogRecord, Runner, Tuning } from "./handler.ts";
import { Pending } from "./pending.ts";
import type { ScriptPlan } from "./plan.ts";
import { Restarts } from "./restarts.ts";
import { type LoadedScript, loadScript } from "./script.ts";
import type { ScriptRecord } from "./script_record.ts";
import { tidy } from "./text.ts";
import { WorkerRunner } from "./worker_runner.ts";
import type { WorkerEnd } from "./worker_task.ts";

/** What the pools of a server share. */
export interface PoolContext {
  /** Who watches the deadlines. */
  readonly deadlines: Deadlines;
  /** Where the buffers of messages go that a worker is done with. */
  readonly buffers: BufferPool;
  /** The figures. */
  readonly tuning: Tuning;
  /** What counts restarts; null: nothing does. */
  readonly telemetry: ServerTelemetry | null;
  /** Told of what is worth a line in the log. */
  onLog(record: HandlerLogRecord): void;
}

/** Runs the events of one script. */
export class Pool implements Runner {
  readonly #plan: ScriptPlan;
  readonly #context: PoolContext;
  readonly #restarts: Restarts;
  readonly #queue: CallQueue;
  /** The workers that take events, or will once they have loaded. */
  #workers = new Set<WorkerRunner>();
  /** Those that shall take their place once all have loaded. */
  #coming = new Set<WorkerRunner>();
  /** Those whose place was taken: they only finish what they have begun. */
  readonly #replaced = new Set<WorkerRunner>();
  /** Those that do so since they do not answer, or hold too much. */
  readonly #retired = new Set<WorkerRunner>();
  /** Those that were ended but whose threads go on: nothing stops a loop. */
  readonly #lingering = new Set<WorkerRunner>();
  #script: LoadedScript | null = null;
  #started = false;
  #closed = false;
  #backOff: ReturnType<typeof setTimeout> | null = null;

  /**
   * Makes a pool without workers.
   *
   * @param plan What it runs.
   * @param context What it shares.
   */
  constructor(plan: ScriptPlan, context: PoolContext) {
    this.#plan = plan;
    this.#context = context;
    this.#queue = new CallQueue(context.tuning.queue);
    this.#restarts = new Restarts(context.tuning.restarts, context.tuning.restartWindow);
  }

  /**
   * Starts the workers.
   *
   * @throws {Error} If the script does not load, or is no handler. The message names it.
   */
  async start(): Promise<void> {
    if (this.#plan.permissions === "inherit") {
      this.#log("info", "it may do all that the process may do");
    }
    this.#script = await this.#load(this.#workers);
    this.#started = true;
    // One that ended while the others still loaded has not been replaced.
    this.#refill();
  }

  /**
   * Starts workers with the present text of the script, and of what it imports. Once all are ready they get the events;
   * the old ones finish what they have begun, and end.
   *
   * @throws {Error} If the script does not load, or is no handler: then the old workers stay. The message names it.
   */
  async reload(): Promise<void> {
    const coming = this.#coming = new Set();
    try {
      this.#script = await this.#load(coming);
    } catch (error) {
      for (const worker of coming) worker.close();
      throw error;
    }
    if (this.#backOff !== null) clearTimeout(this.#backOff);
    this.#backOff = null;
    const old = this.#workers;
    this.#workers = coming;
    for (const worker of old) {
      this.#replaced.add(worker);
      worker.retire();
    }
    this.#log("info", "its script was loaded again");
    this.#refill();
  }

  /** Fills a set with workers, and waits until they are ready. */
  async #load(workers: Set<WorkerRunner>): Promise<LoadedScript> {
    const { name, size } = this.#plan;
    const script = await loadScript(this.#plan);
    try {
      this.#needOpen();
      for (let i = 0; i < size; i++) this.#spawn(script, workers);
      await Promise.all([...workers].map((worker) => worker.started));
      this.#needOpen();
    } catch (error) {
      const reason = error instanceof Error ? error.message : "it did not load";
      throw new Error(`Cannot start handler "${name}": ${tidy(reason)}`, { cause: error });
    }
    return script;
  }

  #needOpen(): void {
    if (this.#closed) throw new Error("stopped: the server ended");
  }

  /** Runs one event; see {@linkcode Runner}. */
  run(event: EventName, facts: SessionFacts, deadline: number): Answer | Promise<Answer> {
    const barred = this.#barred();
    if (barred !== null) return faultAnswer(barred);
    return new Promise((resolve) => {
      const call = new Call(event, facts, new Pending(this.#context.deadlines, deadline, resolve));
      const worker = this.#queue.empty ? this.#idlest() : null;
      if (worker !== null) worker.post(call);
      else this.#queue.push(call);
    });
  }

  /** Ends it; see {@linkcode Runner}. */
  async close(): Promise<number> {
    this.#closed = true;
    if (this.#backOff !== null) clearTimeout(this.#backOff);
    this.#queue.failAll("stopped: the server ended");
    for (const worker of [...this.#workers, ...this.#coming, ...this.#replaced, ...this.#retired]) {
      worker.close();
    }
    await this.#lastOnes();
    const runaways = this.#lingering.size;
    for (const worker of this.#lingering) worker.forget();
    return runaways;
  }

  /** Waits for the threads to end, for as long as a worker may take to answer. */
  async #lastOnes(): Promise<void> {
    if (this.#lingering.size === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#context.tuning.ping);
    });
    await Promise.race([Promise.all([...this.#lingering].map(({ gone }) => gone)), patience]);
    clearTimeout(timer);
  }

  /** Why no event can be run now; null where one can. */
  #barred(): string | null {
    if (this.#closed) return "stopped: the server ended";
    if (this.#queue.full) return "too many events are waiting";
    if (this.#workers.size > 0) return null;
    if (this.#outOfHand()) return "too many of its workers are in an endless loop";
    return this.#backOff === null ? null : "its workers keep ending, it is left alone for a while";
  }

  #outOfHand(): boolean {
    return this.#lingering.size + this.#retired.size >= this.#context.tuning.runaways;
  }

  #idlest(): WorkerRunner | null {
    let idlest: WorkerRunner | null = null;
    for (const worker of this.#workers) {
      if (worker.room > 0 && (idlest === null || worker.load < idlest.load)) idlest = worker;
    }
    return idlest;
  }

  #spawn(script: LoadedScript, workers: Set<WorkerRunner>): void {
    const plan = this.#plan;
    const { deadlines, buffers, tuning } = this.#context;
    const worker = new WorkerRunner({
      script,
      url: plan.url.href,
      permissions: plan.permissions,
      events: [...new Set(plan.uses.map(({ event }) => event))],
      concurrency: plan.concurrency,
      deadlines,
      buffers,
      tuning,
    }, {
      freed: () => this.#drain(),
      retired: (unbegun) => this.#onRetired(worker, unbegun),
      ended: (how, unbegun) => this.#onEnded(worker, how, unbegun),
      log: (level, message, own) => this.#log(level, message, own),
    });
    workers.add(worker);
    worker.started.then(() => this.#drain(), (error) => {
      // Whoever waits for start() or reload() is told by that.
      if (this.#script === script && !this.#closed) this.#log("error", error.message);
    });
  }

  #onRetired(worker: WorkerRunner, unbegun: Call[]): void {
    this.#queue.putBack(unbegun);
    if (this.#replaced.has(worker)) return this.#drain();
    this.#workers.delete(worker);
    this.#retired.add(worker);
    this.#log("warning", "its worker does not answer or holds too much, it gets no more events");
    this.#refill();
  }

  #onEnded(worker: WorkerRunner, how: WorkerEnd, unbegun: Call[]): void {
    for (const set of [this.#workers, this.#coming, this.#replaced, this.#retired]) {
      set.delete(worker);
    }
    if (how !== "died") this.#awaitThread(worker);
    if (how === "tampered with") this.#log("error", "tampering: its worker let go of its lock");
    if (how === "died" || how === "ran away") this.#log("warning", `a worker ${how}`);
    this.#queue.putBack(unbegun);
    this.#refill();
  }

  #awaitThread(worker: WorkerRunner): void {
    this.#lingering.add(worker);
    worker.gone.then(() => {
      this.#lingering.delete(worker);
      this.#refill();
    });
  }

  /** Starts what workers are missing, as far as that may be. */
  #refill(): void {
    if (this.#closed || !this.#started) return;
    while (this.#workers.size < this.#plan.size && this.#backOff === null) {
      if (this.#outOfHand()) break;
      const wait = this.#restarts.take(performance.now());
      if (wait === 0) this.#respawn();
      else this.#leaveAlone(wait);
    }
    const barred = this.#barred();
    if (this.#workers.size === 0 && barred !== null) this.#queue.failAll(barred);
    else this.#drain();
  }

  #respawn(): void {
    this.#context.telemetry?.restarted(this.#plan.name);
    try {
      if (this.#script !== null) this.#spawn(this.#script, this.#workers);
    } catch (error) {
      // The process may have lost a permission since; the count of restarts bounds this.
      this.#log("error", error instanceof Error ? error.message : "a worker could not be made");
    }
  }

  #leaveAlone(wait: number): void {
    this.#log("error", `its workers keep ending, it is left alone for ${Math.ceil(wait)} ms`);
    this.#backOff = setTimeout(() => {
      this.#backOff = null;
      this.#refill();
    }, wait);
  }

  #drain(): void {
    while (!this.#queue.empty) {
      const worker = this.#idlest();
      if (worker === null) return;
      const call = this.#queue.shift();
      if (call !== undefined) worker.post(call);
    }
  }

  #log(level: HandlerLogRecord["level"], message: string, own?: ScriptRecord): void {
    this.#context.onLog({ level, script: this.#plan.name, message: tidy(message), own });
  }
}
