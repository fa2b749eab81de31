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
import { printable } from "../../session/wire/escape.ts";
import type { ServerTelemetry } from "../telemetry/telemetry.ts";
import { FunctionRunner } from "./function_runner.ts";
import type { PoolsConfig, Runner, ScriptsConfig } from "./handler.ts";
import { planScripts } from "./plan.ts";
import { Pools } from "./pools.ts";

/** What {@linkcode Handlers} is made of. */
export interface HandlersConfig extends ScriptsConfig, PoolsConfig {
  /** The pools that it shares with others, who start and stop them; pools of its own unless given. */
  pools?: Pools;
  /** Told of each event that ended without an answer, and why. The reason is safe to print. */
  onFault(script: string, event: EventName, reason: string): void;
}

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
  onVerify: null,
  onDisconnect: null,
};

/** The handlers of a server. */
export class Handlers {
  readonly #config: HandlersConfig;
  readonly #telemetry: ServerTelemetry | null;
  readonly #pools: Pools;
  readonly #entries = new Map<EventName, Entry>();

  /**
   * Makes the handlers; functions are ready at once, scripts after {@linkcode Handlers.start}.
   *
   * @param config What they are made of.
   */
  constructor(config: HandlersConfig) {
    this.#config = config;
    this.#telemetry = config.telemetry ?? null;
    const { deadlines } = this.#pools = config.pools ?? new Pools(config);
    for (const event of EVENT_NAMES) {
      const handler = config.handlers[event];
      if (typeof handler !== "function") continue;
      const runner = new FunctionRunner(handler as (session: unknown) => unknown, deadlines);
      const name = `function ${handler.name || event}`;
      this.#entries.set(event, { name, timeout: config.deadline, runner });
    }
  }

  /**
   * Starts the workers of every script, unless the pools are shared.
   *
   * @throws {Error} If a script is missing, does not compile, does not load in time, or is no handler; if it is
   * granted what the process itself may not do. The message names the script.
   */
  async start(): Promise<void> {
    const plans = planScripts(this.#config);
    const started = this.#shared ? null : this.#pools.start(plans);
    for (const [key, { name: script, uses }] of plans) {
      const runner = this.#pools.get(key);
      if (runner === undefined) {
        throw new Error(`Cannot start handler "${script}": it was set while its pool started`);
      }
      for (const { event, name, timeout } of uses) {
        this.#entries.set(event, { name, timeout, runner });
      }
    }
    await started;
  }

  /**
   * Loads every script again; see {@linkcode Pools.reload}.
   *
   * @throws {AggregateError} If a script does not load: its old workers stay.
   */
  async reload(): Promise<void> {
    await this.#pools.reload();
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
    const began = this.#telemetry?.now ?? 0;
    const answer = entry.runner.run(event, facts, this.#pools.deadlines.now + entry.timeout);
    if (!(answer instanceof Promise)) return this.#checked(entry, event, answer, began);
    return answer.then((settled) => this.#checked(entry, event, settled, began));
  }

  /**
   * Ends the handlers: the workers too, unless they are shared. Events that are still under way end in a fault.
   *
   * @returns How many workers could not be ended: nothing but the end of the process stops those.
   */
  async stop(): Promise<{ runaways: number }> {
    for (const [event, { runner }] of this.#entries) {
      if (runner instanceof FunctionRunner) runner.close();
      else this.#entries.delete(event);
    }
    return this.#shared ? { runaways: 0 } : await this.#pools.stop();
  }

  get #shared(): boolean {
    return this.#config.pools !== undefined;
  }

  #checked(entry: Entry, event: EventName, answer: Answer, began: number): Answer {
    this.#telemetry?.handled(entry.name, event, answer, began);
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
