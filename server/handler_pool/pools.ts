/**
 * The pools of one server, or those that several servers share: one for each script and its permissions.
 *
 * @module
 */

import type { BufferPool } from "../../session/transport/buffer_pool.ts";
import { Deadlines } from "../../session/transport/deadlines.ts";
import { settleAll } from "../settle_all.ts";
import { Canary } from "./canary.ts";
import type { PoolsConfig, Tuning } from "./handler.ts";
import type { ScriptPlan } from "./plan.ts";
import { Pool, type PoolContext } from "./pool.ts";

/** The default figures. */
const TUNING: Tuning = {
  load: 10_000,
  ping: 1_000,
  queue: 4_096,
  runaways: 4,
  restarts: 5,
  restartWindow: 10_000,
  tick: 100,
  canary: true,
};

/** Pools that start, are reloaded and end together. */
export class Pools {
  /** Who watches the deadlines of events. */
  readonly deadlines: Deadlines;
  readonly #context: PoolContext;
  readonly #pools = new Map<string, Pool>();
  /** Settles with the last reload that has begun or is waiting; never rejects. */
  #reloaded: Promise<void> = Promise.resolve();
  /** The reload that has not begun yet. */
  #waiting: Promise<void> | null = null;

  /**
   * Makes an empty set of pools.
   *
   * @param config What they are made of.
   */
  constructor({ buffers, onLog, tuning: given, telemetry = null }: PoolsConfig) {
    const tuning = { ...TUNING, ...given };
    const deadlines = this.deadlines = new Deadlines(tuning.tick);
    this.#context = { deadlines, buffers, tuning, telemetry, onLog };
  }

  /** Where the large buffers of messages come from, and go to. */
  get buffers(): BufferPool {
    return this.#context.buffers;
  }

  /**
   * Makes the pools, and starts the workers of every script.
   *
   * @param plans What to run, as `planScripts()` gives it.
   * @throws {Error} If a script is missing, does not compile, does not load in time, or is no handler. The message names it.
   */
  async start(plans: ReadonlyMap<string, ScriptPlan>): Promise<void> {
    if (plans.size === 0) return;
    // Keeps the interval going: to begin and end one with each event would cost more than the event.
    this.deadlines.add({ deadline: 0, expire: (): void => {} });
    for (const [key, plan] of plans) this.#pools.set(key, new Pool(plan, this.#context));
    const started = Promise.allSettled([...this.#pools.values()].map((pool) => pool.start()));
    await this.#probe([...plans.values()]);
    const failed = (await started).find((result) => result.status === "rejected");
    if (failed === undefined) return;
    await this.stop();
    throw failed.reason;
  }

  /**
   * Finds a pool.
   *
   * @param key The key of its plan.
   * @returns The pool; undefined where the script was not started.
   */
  get(key: string): Pool | undefined {
    return this.#pools.get(key);
  }

  /**
   * Loads every script again, and the modules that it imports. Events that are under way are not disturbed.
   *
   * @throws {AggregateError} If a script does not load: its old workers stay. There is an error for each such script.
   */
  reload(): Promise<void> {
    // One that has begun may have read a file already that has changed since; one that has not will read all anew.
    this.#waiting ??= this.#reloaded.then(() => {
      this.#waiting = null;
      const pools = [...this.#pools.values()];
      return settleAll("Cannot reload", pools.map((pool) => pool.reload()));
    });
    this.#reloaded = this.#waiting.catch(() => {});
    return this.#waiting;
  }

  /**
   * Ends the workers. Events that are still under way end in a fault.
   *
   * @returns How many workers could not be ended: nothing but the end of the process stops those.
   */
  async stop(): Promise<{ runaways: number }> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    const counts = await Promise.all(pools.map((pool) => pool.close()));
    this.deadlines.close();
    return { runaways: counts.reduce((sum, count) => sum + count, 0) };
  }

  /** Scripts without permissions may still import from elsewhere, and so carry data out (SECURITY.md). */
  async #probe(plans: readonly ScriptPlan[]): Promise<void> {
    const { tuning, onLog } = this.#context;
    if (!tuning.canary || plans.every((plan) => plan.permissions === "inherit")) return;
    const warning = await Canary.probe();
    if (warning !== null) onLog({ level: "warning", script: null, message: warning });
  }
}
