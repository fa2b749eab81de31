/**
 * What a worker is told to run, and whom it tells what became of it.
 *
 * @module
 */

import { type InitMessage, PROTOCOL_VERSION } from "../../session/handler/messages.ts";
import type { EventName } from "../../session/handler/session.ts";
import type { BufferPool } from "../../session/transport/buffer_pool.ts";
import type { Deadlines } from "../../session/transport/deadlines.ts";
import type { Call } from "./call.ts";
import type { ResolvedPermissions } from "./grants.ts";
import type { HandlerLogRecord, Tuning } from "./handler.ts";
import type { LoadedScript } from "./script.ts";
import type { ScriptRecord } from "./script_record.ts";

/** Why a worker is no more. */
export type WorkerEnd = "refused" | "died" | "ran away" | "tampered with" | "retired" | "closed";

/** What a worker runs, and under which rules. */
export interface WorkerTask {
  /** The script. */
  readonly script: LoadedScript;
  /** Its URL. */
  readonly url: string;
  /** What it may do. */
  readonly permissions: ResolvedPermissions;
  /** What it handles. */
  readonly events: readonly EventName[];
  /** How many events may be in flight. */
  readonly concurrency: number;
  /** Who watches the deadlines. */
  readonly deadlines: Deadlines;
  /** Where the buffers of messages go that it is done with. */
  readonly buffers: BufferPool;
  /** The figures. */
  readonly tuning: Tuning;
}

/** Who owns a worker. */
export interface WorkerOwner {
  /** The worker has room for more. */
  freed(): void;
  /** The worker gets nothing new, and ends when it can. What it had not begun is given back. */
  retired(unbegun: Call[]): void;
  /** The worker has ended. What it had not begun is given back. */
  ended(how: WorkerEnd, unbegun: Call[]): void;
  /** Something is worth a line in the log; `own`: it is a record of the script's own. */
  log(level: HandlerLogRecord["level"], message: string, own?: ScriptRecord): void;
}

/**
 * What a worker is told first.
 *
 * @param task What it runs.
 * @param lock The name of the lock that it shall hold as long as it lives.
 * @param shared What it shares with us.
 * @returns The message.
 */
export function initMessage(
  task: WorkerTask,
  lock: string,
  shared: Pick<InitMessage, "ledger" | "mailbox">,
): InitMessage {
  const { events, script: { source }, url } = task;
  const { ledger, mailbox } = shared;
  return { version: PROTOCOL_VERSION, lock, events, source, url, ledger, mailbox };
}
