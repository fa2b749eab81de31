/**
 * What a test can have go wrong.
 *
 * @module
 */

import { checkInteger, checkKeys, checkMember, checkText, show } from "../client/checks.ts";

/**
 * A point of a session, just before the server does what it usually does there:
 * - `"greeting"`: a client has connected;
 * - a verb in upper case, such as `"EHLO"` or `"RCPT"`: the command has come;
 * - `"tls"`: a TLS handshake comes next, by STARTTLS or at the beginning;
 * - `"content"`: DATA was answered 354, and the message comes next;
 * - `"."`: the final dot has come, and the message is whole.
 */
export type FaultPoint = "greeting" | "tls" | "content" | "." | Uppercase<string>;

/** Where, and how often, a fault strikes. */
export interface FaultPlace {
  /** At which point. @default {at every one} */
  at?: FaultPoint;
  /** With `at: "RCPT"`: for this recipient alone, in any case. @default {for every one} */
  to?: string;
  /** How many times all goes well there before it strikes, in all sessions together. @default {0} */
  after?: number;
  /** How many times it strikes. @default {every time} */
  times?: number;
}

/** Replies in place of the server, which does nothing of what it was asked: a message refused at `"."` was not taken. */
export interface ReplyFault extends FaultPlace {
  /**
   * What is sent, without the last CRLF; it is sent as it is, be it a reply or not. After a 421 the connection ends.
   * At `"tls"` it goes out where the ServerHello belongs. At `"content"` no reply can come.
   */
  reply: string;
}

/** Waits, and then goes on. */
export interface DelayFault extends FaultPlace {
  /** How long, in milliseconds, 0 to 600,000. */
  delay: number;
}

/** Waits until it is released, or the server is closed. */
export interface StallFault extends FaultPlace {
  /** Always true. */
  stall: true;
}

/** Ends the connection without a reply; a message dropped at `"."` was not taken. */
export interface DropFault extends FaultPlace {
  /** `"end"`: in order, only that 221 or 421 is missing; `"cut"`: at once, a TLS session in its midst. */
  drop: "end" | "cut";
}

/** Sends what the server says from here to the next point one octet at a time. */
export interface SplitFault extends FaultPlace {
  /** Always true. */
  split: true;
}

/**
 * Something that goes wrong at a point of a session. Where several are set for one point, each has its turn in the order in which they
 * were set, up to the first that replies or drops.
 *
 * @example
 * ```ts
 * import type { Fault } from "@infinity/smtp/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const faults: Fault[] = [
 *   { at: "RCPT", to: "bob@example.com", reply: "550 5.1.1 There is no Bob here" },
 *   { at: ".", after: 2, reply: "452 4.3.1 Two messages are enough" },
 *   { at: "greeting", times: 1, reply: "421 4.3.2 Come again later" },
 *   { at: "MAIL", delay: 50 },
 *   { at: "DATA", stall: true },
 *   { at: "QUIT", drop: "end" },
 *   { at: "tls", reply: "This is no ServerHello" },
 *   { split: true },
 * ];
 * assertEquals(faults.length, 8);
 * ```
 */
export type Fault = ReplyFault | DelayFault | StallFault | DropFault | SplitFault;

/** A fault that was set. */
export interface FaultControl extends Disposable {
  /** How often it has struck. */
  readonly hits: number;
  /** Resolves when it strikes for the first time; rejects if it is released or the server is closed before. */
  readonly struck: Promise<void>;
  /** Takes it away; what it holds up goes on. */
  release(): void;
}

const PLACE = ["at", "to", "after", "times"];
const ACTIONS = ["reply", "delay", "stall", "drop", "split"];
const DROPS = { end: "end", cut: "cut" };
const LONGEST_DELAY = 600_000;

/**
 * Checks a fault.
 *
 * @param fault What a test has set.
 * @returns The same, without what is undefined.
 * @throws {TypeError} If it is of no known form, or can never strike.
 * @throws {RangeError} If a number is out of range.
 */
export function checkFault(fault: Fault): Fault {
  checkKeys("fault", fault, [...PLACE, ...ACTIONS]);
  const entries: [string, unknown][] = Object.entries(fault);
  const given = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  const { at, to, after, times } = given;
  checkAction(given);
  if (at !== undefined) checkPoint(at);
  if (at === "content" && given.reply !== undefined) {
    throw new TypeError(
      'Cannot set a fault: no reply can come at "content"; reply at "DATA" or at "."',
    );
  }
  if (to !== undefined && at !== "RCPT") {
    throw new TypeError(`Cannot set a fault: "to" needs at: "RCPT", got ${show(at)}`);
  }
  if (to !== undefined) checkText("fault.to", to);
  if (after !== undefined) checkInteger("fault.after", after, 0, Number.MAX_SAFE_INTEGER);
  if (times !== undefined) checkInteger("fault.times", times, 1, Number.MAX_SAFE_INTEGER);
  return given as unknown as Fault;
}

function checkAction(given: Readonly<Record<string, unknown>>): void {
  const names = ACTIONS.filter((name) => Object.hasOwn(given, name));
  if (names.length !== 1) {
    throw new TypeError(
      `Cannot set a fault: must have one of ${ACTIONS.join(", ")}, got ${
        names.join(", ") || "none"
      }`,
    );
  }
  const [name] = names;
  const value = given[name];
  if (name === "reply") checkReply(value);
  else if (name === "delay") checkInteger("fault.delay", value, 0, LONGEST_DELAY);
  else if (name === "drop") checkMember("fault.drop", value, DROPS);
  else if (value !== true) {
    throw new TypeError(`Cannot set a fault: "${name}" must be true, got ${show(value)}`);
  }
}

function checkReply(value: unknown): void {
  if (typeof value === "string") return;
  throw new TypeError(`Cannot set a fault: "reply" must be a string, got ${show(value)}`);
}

function checkPoint(at: unknown): void {
  if (typeof at !== "string" || at === "") {
    throw new TypeError(`Cannot set a fault: "at" must be a point of a session, got ${show(at)}`);
  }
  if (["greeting", "tls", "content", at.toUpperCase()].includes(at)) return;
  throw new TypeError(
    `Cannot set a fault: "at" must be greeting, tls, content, "." or a verb in upper case, got ${
      show(at)
    }`,
  );
}
