/**
 * The faults that a test has set, as they strike.
 *
 * @module
 */

import type { Intercept } from "../server/internals.ts";
import type { Peer } from "../server/service.ts";
import type { Outcome } from "../server/connection/outcome.ts";
import { SmtpError } from "../session/errors.ts";
import { Phase } from "../session/phase.ts";
import { encodeUtf8, parseDecimalText } from "../session/wire/bytes.ts";
import { parseRcptArguments } from "../session/wire/command.ts";
import { checkFault, type Fault, type FaultControl } from "./fault.ts";
import type { Tap } from "./tap.ts";

/**
 * Waits.
 *
 * @param milliseconds How long.
 * @param signal Ends the wait; it resolves then, too.
 */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** What the faults of one server need of it. */
export interface FaultContext {
  /** How a delay waits. */
  readonly wait: Wait;
  /** The channel of a session; unset where it is closed. */
  tapOf(peer: Peer): Tap | undefined;
  /** Told what strikes in a session. */
  note(peer: Peer, text: string): void;
}

/** A fault that was set, and how it has fared. */
class SetFault implements FaultControl {
  readonly fault: Fault;
  readonly #struck = Promise.withResolvers<void>();
  readonly #abort = new AbortController();
  /** Resolves when it is taken away. */
  readonly released: Promise<void>;
  #passes = 0;
  #hits = 0;

  constructor(fault: Fault) {
    this.fault = checkFault(fault);
    // Most tests never look at it.
    this.#struck.promise.catch(() => {});
    this.released = new Promise((resolve) => {
      this.signal.addEventListener("abort", () => resolve());
    });
  }

  get hits(): number {
    return this.#hits;
  }

  get struck(): Promise<void> {
    return this.#struck.promise;
  }

  /** Fires when it is taken away. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  release(): void {
    this.#struck.reject(new Error("Cannot wait for a fault to strike: it was released"));
    this.#abort.abort();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** Takes it away because the server is closed. */
  close(): void {
    this.#struck.reject(new Error("Cannot wait for a fault to strike: the server was closed"));
    this.release();
  }

  /** Whether it strikes here and now; counted. */
  strikes(step: string, args: Uint8Array): boolean {
    const { at = step, to, after = 0, times = Infinity } = this.fault;
    if (this.signal.aborted || at !== step) return false;
    if (to !== undefined && recipient(args) !== to.toLowerCase()) return false;
    if (++this.#passes <= after || this.#hits >= times) return false;
    this.#hits++;
    this.#struck.resolve();
    return true;
  }
}

/** The faults of one server. */
export class FaultScript {
  readonly #faults = new Set<SetFault>();
  readonly #context: FaultContext;
  #closed = false;

  /**
   * Makes a script without faults.
   *
   * @param context What it needs of the server.
   */
  constructor(context: FaultContext) {
    this.#context = context;
  }

  /**
   * Sets a fault.
   *
   * @param fault The fault.
   * @returns The means to look at it and to take it away.
   * @throws {TypeError} If it is of no known form, or can never strike.
   * @throws {RangeError} If a number is out of range.
   */
  add(fault: Fault): FaultControl {
    const set = new SetFault(fault);
    this.#faults.add(set);
    set.released.then(() => this.#faults.delete(set));
    if (this.#closed) set.close();
    return set;
  }

  /** Takes all faults away; the sessions that they hold up end. */
  close(): void {
    this.#closed = true;
    for (const fault of this.#faults) fault.close();
  }

  /** What the server asks before each step. */
  readonly intercept: Intercept = async (peer, step, args) => {
    const tap = this.#context.tapOf(peer);
    if (tap !== undefined) tap.split = false;
    for (const set of [...this.#faults]) {
      if (!set.strikes(step, args)) continue;
      const outcome = await this.#strike(set, peer, step);
      if (outcome !== null) return outcome;
    }
    return null;
  };

  async #strike(set: SetFault, peer: Peer, step: string): Promise<Outcome | null> {
    const { fault } = set;
    const tap = this.#context.tapOf(peer);
    if ("reply" in fault && step !== "tls") return replyOutcome(fault.reply, step);
    this.#context.note(peer, `a fault at ${step}: ${describe(fault)}`);
    if ("reply" in fault && tap !== undefined) tap.instead = encodeUtf8(`${fault.reply}\r\n`);
    // Raced, since a wait of the test's own may not look at the signal.
    if ("delay" in fault) {
      await Promise.race([this.#context.wait(fault.delay, set.signal), set.released]);
    }
    if ("stall" in fault) await set.released;
    if ("split" in fault && tap !== undefined) tap.split = true;
    if ("drop" in fault) {
      if (fault.drop === "cut") tap?.close();
      throw new SmtpError("connection", "Cannot go on: a fault has dropped the connection");
    }
    if (this.#closed) throw new SmtpError("connection", "Cannot go on: the server was closed");
    return null;
  }
}

/** A reply as it is, be it one or not. */
function replyOutcome(text: string, step: string): Outcome {
  const code = parseDecimalText(text.slice(0, 3), 3);
  const bytes = encodeUtf8(`${text}\r\n`);
  return {
    reply: { code, enhanced: null, lines: text.split("\r\n"), bytes },
    // A refusal by a fault is no error of the client's.
    accepted: false,
    ...(step === "greeting" && code >= 500 ? { phase: Phase.refused } : {}),
    ...(code === 421 ? { effect: { kind: "close" } } : {}),
  };
}

function describe(fault: Fault): string {
  if ("reply" in fault) return "other octets in place of TLS";
  if ("delay" in fault) return `a delay of ${fault.delay} ms`;
  if ("drop" in fault) return `dropped (${fault.drop})`;
  return "stall" in fault ? "stalled" : "split";
}

/**
 * Waits by the clock.
 *
 * @param milliseconds How long.
 * @param signal Ends the wait.
 * @returns A promise that resolves then.
 */
export function waitByClock(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}

/** Whom RCPT names, in lower case; null where it is malformed. */
function recipient(args: Uint8Array): string | null {
  try {
    return parseRcptArguments(args).address.text.toLowerCase();
  } catch {
    return null;
  }
}
