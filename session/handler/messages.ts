/**
 * What the server and a handler's worker say to each other: every message there is, and how each is checked.
 *
 * The parent posts one {@linkcode InitMessage} with a port; all else goes over that port, in batches. What comes
 * from the worker is checked member by member, since the user's code there may have forged it. Errors do not cross:
 * a handler that failed sends an answer with a fault.
 *
 * @module
 */

import type { EventName } from "./events.ts";
import { type Answer, plainAnswer, type SessionFacts } from "./facts.ts";
import { MAX_FAULT } from "./fault.ts";
import { MAX_MATCHES, MAX_REPLY_TEXT, MAX_SECRET } from "./answer_checks.ts";
import { MAX_RECORD } from "./log_record.ts";
import { formatState } from "./state.ts";

/** The version of this file; both halves come from one release, so that a difference is a mistake of installation. */
export const PROTOCOL_VERSION = 2;

/** The most results or buffers, and records, in one message of a worker's: a list with more is forged, and could be endless. */
const MAX_RESULTS = 262_144;
const MAX_RECORDS = 64;

/** The first message, posted to the worker itself, with the port for all others. */
export interface InitMessage {
  /** The {@linkcode PROTOCOL_VERSION} of the parent. */
  readonly version: number;
  /** The name of the lock that the worker holds for as long as it lives. */
  readonly lock: string;
  /** The events that the script must handle. */
  readonly events: readonly EventName[];
  /** The text of a plain script; null for a module. */
  readonly source: string | null;
  /** The URL of the script, for stack traces. */
  readonly url: string;
  /** Shared with the parent: how far the worker is, and what it shall not begin any more. */
  readonly ledger: Int32Array;
  /** Shared with the parent, which writes small messages there: those of the one batch that is under way. */
  readonly mailbox: Uint8Array;
}

/** One event, on its way to the worker: its number, the event, what the handler is told. Numbers count up from 1. */
export type CallMessage = readonly [id: number, event: EventName, facts: SessionFacts];

/** One answer, on its way back: the number of the call; just the verdict where there is nothing else to say. */
export type ResultMessage = readonly [id: number, answer: Answer | boolean | null];

/** Something for the log, from the worker half itself. */
export interface LogMessage {
  /** How grave it is. */
  readonly level: "warning" | "error";
  /** What happened; not escaped yet. */
  readonly message: string;
}

/** The octets of one call. */
export type OctetsOfCall = readonly [
  /** Its place among the calls. */
  call: number,
  /** Where its message begins in the copies. */
  at: number,
  /** The size of its message there; or the pieces of one that is moved; null where there is no message. */
  body: number | Uint8Array[] | null,
  /** The certificate of its client. */
  raw: Uint8Array | null,
];

/** Calls, in one message. */
export interface CallsMessage {
  /** What it is. */
  readonly kind: "calls";
  /** The calls as JSON, without octets. */
  readonly text: string;
  /** The octets of those calls that have some, in their order. */
  readonly octets: readonly OctetsOfCall[];
  /** The small messages of all calls, one behind the other; null where they are in the mailbox. */
  readonly copies: Uint8Array | null;
}

/** What the parent says. */
export type ToWorker =
  | CallsMessage
  | { readonly kind: "ping"; readonly id: number };

/** What the worker says. */
export type FromWorker =
  /** It holds its lock, and begins to load the script. */
  | { readonly kind: "locked" }
  /** The script has loaded. */
  | { readonly kind: "ready" }
  /** The script has not loaded, or is no handler. */
  | { readonly kind: "refused"; readonly reason: string }
  /**
   * Events were handled. What they leave are buffers of messages, to be used again; `taken` with the first results
   * after a batch, from when on the mailbox is free.
   */
  | {
    readonly kind: "results";
    readonly taken: boolean;
    readonly results: readonly ResultMessage[];
    readonly spent: readonly ArrayBuffer[];
  }
  /** It is alive. */
  | { readonly kind: "pong"; readonly id: number }
  /** Something happened that is worth a line in the log; a text is a record of the script's own, see `log_record.ts`. */
  | { readonly kind: "logs"; readonly records: readonly (LogMessage | string)[] }
  /** Its lock was stolen, so that its death would no longer show. */
  | { readonly kind: "lockLost" };

/**
 * Makes an answer small: most are a verdict and nothing else.
 *
 * @param id The number of the call.
 * @param answer The answer.
 * @returns The message.
 */
export function packResult(id: number, answer: Answer): ResultMessage {
  const plain = answer.reply === null && !answer.disconnect && answer.secret === null &&
    answer.state === null && answer.fault === null && answer.recipients === null &&
    answer.matches === null;
  return [id, plain ? answer.verdict : answer];
}

/**
 * Reads a message of a worker.
 *
 * @param data The message.
 * @returns It, checked but for the single results and records; null where it is none of ours.
 */
export function parseFromWorker(data: unknown): FromWorker | null {
  if (!isRecord(data)) return null;
  switch (data.kind) {
    case "locked":
    case "ready":
    case "lockLost":
      return { kind: data.kind };
    case "refused":
      return typeof data.reason === "string" ? { kind: "refused", reason: data.reason } : null;
    case "pong":
      return typeof data.id === "number" ? { kind: "pong", id: data.id } : null;
    case "results":
      return isList(data.results, MAX_RESULTS) && isList(data.spent, MAX_RESULTS) &&
          areOwnBuffers(data.spent)
        ? {
          kind: "results",
          taken: data.taken === true,
          results: data.results as ResultMessage[],
          spent: data.spent,
        }
        : null;
    case "logs":
      return isEach(data.records, MAX_RECORDS, isLogMessage)
        ? { kind: "logs", records: data.records as (LogMessage | string)[] }
        : null;
    default:
      return null;
  }
}

/**
 * Reads the number of a result.
 *
 * @param result The result, not checked yet.
 * @returns The number; 0 where it has none.
 */
export function resultId(result: unknown): number {
  if (!Array.isArray(result) || typeof result[0] !== "number") return 0;
  return result[0];
}

/**
 * Reads the answer of a result.
 *
 * @param result The result, whose number has been read.
 * @returns The answer; null where it does not fit.
 */
export function parseResult(result: ResultMessage): Answer | null {
  const answer: unknown = result[1];
  if (typeof answer === "boolean" || answer === null) return plainAnswer(answer);
  return isRecord(answer) && isAnswer(answer) ? pickAnswer(answer) : null;
}

/** Takes the members that are known, so that nothing else rides along. */
function pickAnswer(answer: Answer): Answer {
  const { verdict, reply, recipients, matches, disconnect, secret, state, fault } = answer;
  return { verdict, reply, recipients, matches, disconnect, secret, state, fault };
}

function isAnswer(answer: Record<string, unknown>): answer is Record<string, unknown> & Answer {
  const { verdict, reply, recipients, matches, disconnect, secret, state, fault } = answer;
  return (verdict === null || typeof verdict === "boolean") &&
    (reply === null || isReply(reply)) &&
    (recipients === null ||
      isEach(recipients, MAX_RESULTS, (one) => one === null || isReply(one))) &&
    (matches === null || isEach(matches, MAX_MATCHES, isLine)) &&
    typeof disconnect === "boolean" &&
    (secret === null || (typeof secret === "string" && secret.length <= MAX_SECRET)) &&
    (state === null || isState(state)) &&
    // A fault is cut with a mark of one character behind it.
    (fault === null || (typeof fault === "string" && fault.length <= MAX_FAULT + 1));
}

function isReply(reply: unknown): boolean {
  if (!isRecord(reply)) return false;
  const { code, text } = reply;
  return typeof code === "number" && Number.isInteger(code) && code >= 400 && code <= 599 &&
    isLine(text);
}

function isLine(text: unknown): boolean {
  return typeof text === "string" && text.length <= MAX_REPLY_TEXT && !text.includes("\r") &&
    !text.includes("\n");
}

/** By index: `every()` passes over holes, which a forger may leave. */
function isEach(value: unknown, max: number, fits: (item: unknown) => boolean): boolean {
  if (!isList(value, max)) return false;
  for (let i = 0; i < value.length; i++) if (!fits(value[i])) return false;
  return true;
}

function isState(state: unknown): boolean {
  if (!isRecord(state)) return false;
  try {
    formatState(state);
    return true;
  } catch {
    return false;
  }
}

/** Each only once, or two messages would be written to the same; a list with holes holds `undefined` that often. */
function areOwnBuffers(spent: unknown[]): spent is ArrayBuffer[] {
  return spent.every(isPlainBuffer) && new Set(spent).size === spent.length;
}

/** Not shared, and of a size that does not change: what is read into it is for us alone. */
function isPlainBuffer(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer && !value.resizable;
}

function isLogMessage(record: unknown): boolean {
  if (typeof record === "string") return record.length <= MAX_RECORD;
  return isRecord(record) && typeof record.message === "string" &&
    record.message.length <= MAX_RECORD &&
    (record.level === "warning" || record.level === "error");
}

function isList(value: unknown, max: number): value is unknown[] {
  return Array.isArray(value) && value.length <= max;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
