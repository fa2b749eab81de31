/**
 * The handlers of a server: each event to the runner that answers it.
 *
 * @module
 */

import {
  type Answer,
  EVENT_NAMES,
  type EventName,
  faultAnswer,
  type SessionFacts,
} from "../../session/handler/session.ts";
import { Deadlines } from "../../session/transport/deadlines.ts";
import { printable } from "../../session/wire/escape.ts";
import { Canary } from "./canary.ts";
import { FunctionRunner } from "./function_runner.ts";
import type { HandlersConfig, Runner, Tuning } from "./handler.ts";
import { planScripts, type ScriptPlan } from "./plan.ts";
import { Pool } from "./pool.ts";

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

/** How to reach the handler of one event. */
interface Entry {
  readonly name: string;
  readonly timeout: number;
  readonly runner: Runner;
}

/** The verdict that each event wants; null: none. */
const VERDICT_NAMES: Readonly<Record<EventName, string | null>> = {
  onConnect: null,
  onLogin: "authenticated",
  onMailFrom: "accept",
  onRcptTo: "accept",
  onReceive: "received",
  onDisconnect: null,
};

/** The handlers of a server. */
export class Handlers {
  readonly #config: HandlersConfig;
  readonly #tuning: Tuning;
  readonly #deadlines: Deadlines;
  readonly #entries = new Map<EventName, Entry>();

  /**
   * Makes the handlers; functions are ready at once, scripts after {@linkcode Handlers.start}.
   *
   * @param config What they are made of.
   */
  constructor(config: HandlersConfig) {
    this.#config = config;
    this.#tuning = { ...TUNING, ...config.tuning };
    this.#deadlines = new Deadlines(this.#tuning.tick);
    for (const event of EVENT_NAMES) {
      const handler = config.handlers[event];
      if (typeof handler !== "function") continue;
      const runner = new FunctionRunner(handler as (session: unknown) => unknown, this.#deadlines);
      const name = `function ${handler.name || event}`;
      this.#entries.set(event, { name, timeout: config.deadline, runner });
    }
  }

  /**
   * Starts the workers of every script.
   *
   * @throws {Error} If a script is missing, does not compile, does not load in time, or is no handler; if it is
   * granted what the process itself may not do. The message names the script.
   */
  async start(): Promise<void> {
    const plans = planScripts(this.#config);
    if (plans.length === 0) return;
    // Keeps the interval going: to begin and end one with each event would cost more than the event.
    this.#deadlines.add({ deadline: 0, expire: (): void => {} });
    const pools = plans.map((plan) => this.#pool(plan));
    const started = Promise.allSettled(pools.map((pool) => pool.start()));
    await this.#probe(plans);
    const failed = (await started).find((result) => result.status === "rejected");
    if (failed === undefined) return;
    await this.stop();
    throw failed.reason;
  }

  /**
   * Whether an event has a handler.
   *
   * @param event The event.
   * @returns Whether it can be run.
   */
  has(event: EventName): boolean {
    const handler = this.#config.handlers[event];
    return handler !== undefined && handler !== null;
  }

  /**
   * Runs an event.
   *
   * @param event The event.
   * @param facts What the handler is told. Its body is given away: its buffers may be gone afterwards.
   * @returns The answer: at once where the handler is a function that is not asynchronous; never rejects.
   */
  run(event: EventName, facts: SessionFacts): Answer | Promise<Answer> {
    const entry = this.#entries.get(event);
    if (entry === undefined) return faultAnswer("no handler has been started");
    const answer = entry.runner.run(event, facts, this.#deadlines.now + entry.timeout);
    if (!(answer instanceof Promise)) return this.#checked(entry, event, answer);
    return answer.then((settled) => this.#checked(entry, event, settled));
  }

  /**
   * Ends the workers. Events that are still under way end in a fault.
   *
   * @returns How many workers could not be ended: nothing but the end of the process stops those.
   */
  async stop(): Promise<{ runaways: number }> {
    const runners = new Set([...this.#entries.values()].map((entry) => entry.runner));
    const counts = await Promise.all([...runners].map((runner) => runner.close()));
    this.#deadlines.close();
    for (const [event, { runner }] of this.#entries) {
      if (!(runner instanceof FunctionRunner)) this.#entries.delete(event);
    }
    return { runaways: counts.reduce((sum, count) => sum + count, 0) };
  }

  #pool(plan: ScriptPlan): Pool {
    const pool = new Pool(plan, {
      deadlines: this.#deadlines,
      buffers: this.#config.buffers,
      tuning: this.#tuning,
      onLog: (record) => this.#config.onLog(record),
    });
    for (const { event, name, timeout } of plan.uses) {
      this.#entries.set(event, { name, timeout, runner: pool });
    }
    return pool;
  }

  /** Scripts without permissions may still import from elsewhere, and so carry data out (SECURITY.md). */
  async #probe(plans: readonly ScriptPlan[]): Promise<void> {
    if (!this.#tuning.canary || plans.every((plan) => plan.permissions === "inherit")) return;
    const warning = await Canary.probe();
    if (warning === null) return;
    this.#config.onLog({ level: "warning", script: null, message: warning });
  }

  #checked(entry: Entry, event: EventName, answer: Answer): Answer {
    const reason = answer.fault ?? missingVerdict(event, answer);
    if (reason !== null) this.#config.onFault(entry.name, event, printable(reason));
    return answer;
  }
}

/** Says so where a handler left open what it was asked; the session goes on as after a fault. */
function missingVerdict(event: EventName, answer: Answer): string | null {
  if (answer.verdict !== null || answer.secret !== null || answer.disconnect) return null;
  const name = VERDICT_NAMES[event];
  return name === null ? null : `settled without setting session.${name}`;
}
