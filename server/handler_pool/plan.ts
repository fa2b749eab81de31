/**
 * Which scripts there are to run, and for which events: one pool for each script and its permissions.
 *
 * @module
 */

import { EVENT_NAMES, type EventName } from "../../session/handler/session.ts";
import { printable } from "../../session/wire/escape.ts";
import { type ResolvedPermissions, resolvePermissions } from "./grants.ts";
import type { HandlerSpec, ScriptsConfig } from "./handler.ts";
import { resolveScript, scriptName } from "./resolve.ts";

const SPEC_KEYS: readonly string[] = [
  "script",
  "permissions",
  "timeout",
  "poolSize",
  "concurrency",
] satisfies (keyof HandlerSpec)[];
const DEFAULT_CONCURRENCY = 256;
const MAX_WORKERS = 256;
const MAX_CONCURRENCY = 65_536;
/** The longest time that a timer can hold, in milliseconds. */
const MAX_TIMEOUT = 2_147_483_647;

/** One event that a script handles, in one server. */
export interface ScriptUse {
  /** The event. */
  readonly event: EventName;
  /** The script, as it was named for this event. */
  readonly name: string;
  /** How long the event may take, in milliseconds. */
  readonly timeout: number;
}

/** One script, as one pool runs it. */
export interface ScriptPlan {
  /** Its name, for people. */
  readonly name: string;
  /** Where it is. */
  readonly url: URL;
  /** What it may do. */
  readonly permissions: ResolvedPermissions;
  /** What it handles. */
  readonly uses: ScriptUse[];
  /** How many workers run it. */
  size: number;
  /** How many events may be in flight in each. */
  concurrency: number;
}

/**
 * Plans the pools.
 *
 * @param configs The handlers of each server that shares them.
 * @returns A plan for each pool, by a key that is the same for the same script and permissions.
 * @throws {TypeError} If a description is wrong.
 * @throws {RangeError} If a number is out of its range.
 * @throws {Deno.errors.NotCapable} If a script is granted what the process lacks.
 */
export function planScripts(...configs: readonly ScriptsConfig[]): Map<string, ScriptPlan> {
  const plans = new Map<string, ScriptPlan>();
  for (const config of configs) {
    for (const event of EVENT_NAMES) {
      const handler = config.handlers[event];
      if (handler === undefined || handler === null || typeof handler === "function") continue;
      const spec = typeof handler === "string" || handler instanceof URL
        ? { script: handler }
        : handler;
      addUse(plans, event, checkSpec(event, spec), config);
    }
  }
  return plans;
}

function addUse(
  plans: Map<string, ScriptPlan>,
  event: EventName,
  spec: HandlerSpec,
  config: ScriptsConfig,
): void {
  const url = resolveScript(spec.script, config.mainModule);
  const name = scriptName(spec.script);
  const permissions = resolvePermissions(name, spec.permissions, config.mainModule);
  const key = JSON.stringify([url.href, permissions]);
  const size = spec.poolSize ?? config.poolSize;
  const concurrency = spec.concurrency ?? DEFAULT_CONCURRENCY;
  checkCount(event, "poolSize", size, MAX_WORKERS);
  const use = { event, name, timeout: spec.timeout ?? config.deadline };
  const plan = plans.get(key);
  if (plan === undefined) {
    plans.set(key, { name, url, permissions, uses: [use], size, concurrency });
    return;
  }
  plan.uses.push(use);
  plan.size = Math.max(plan.size, size);
  plan.concurrency = Math.max(plan.concurrency, concurrency);
}

function checkSpec(event: EventName, spec: HandlerSpec): HandlerSpec {
  if (typeof spec !== "object" || spec === null || !("script" in spec)) {
    throw new TypeError(
      `Cannot set ${event}: a handler must be a file name, a URL, a function or an object with "script", got a value of type ${typeof spec}`,
    );
  }
  for (const key of Object.keys(spec)) {
    if (SPEC_KEYS.includes(key)) continue;
    throw new TypeError(
      `Cannot set ${event}: a handler may have ${SPEC_KEYS.join(", ")}, got "${
        printable(key, 64)
      }"`,
    );
  }
  checkCount(event, "timeout", spec.timeout, MAX_TIMEOUT);
  checkCount(event, "concurrency", spec.concurrency, MAX_CONCURRENCY);
  return spec;
}

function checkCount(event: EventName, name: string, value: number | undefined, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) return;
  throw new RangeError(`Cannot set ${event}: "${name}" must be 1 to ${max}, got ${value}`);
}
