/**
 * What a handler may be, and what runs one.
 *
 * @module
 */

import type {
  Answer,
  EventName,
  EventSessions,
  SessionFacts,
} from "../../session/handler/session.ts";
import type { LogLevel } from "../../session/handler/log_record.ts";
import type { BufferPool } from "../../session/transport/buffer_pool.ts";
import type { ServerTelemetry } from "../telemetry/telemetry.ts";
import type { ScriptRecord } from "./script_record.ts";

/**
 * Something that handles an event: the file name of a script (relative to the main script), its URL, a
 * {@linkcode HandlerSpec}, or a function. A script runs in a worker of its own, with no permissions unless the
 * spec grants some; a function runs in the main thread, with all that the process may do.
 */
export type Handler<S> = string | URL | HandlerSpec | ((session: S) => void | Promise<void>);

/** The handlers of a server, by event. */
export type HandlerMap = {
  [E in EventName]?: Handler<EventSessions[E]> | null;
};

/** A handler script, and how to run it. */
export interface HandlerSpec {
  /** The file name of the script, relative to the main script; or its URL (`file:` or `data:`). */
  script: string | URL;
  /**
   * What the script may do. `"none"`: nothing. `"inherit"`: all that the process may do. Relative paths are
   * relative to the main script.
   *
   * @default {"none"}
   */
  permissions?: HandlerPermissions;
  /**
   * How long one event may take, in milliseconds, counted from when it was queued.
   *
   * @default {30_000}
   */
  timeout?: number;
  /** How many workers run the script; that of the server unless given. Where several handlers share the script, the largest counts. */
  poolSize?: number;
  /**
   * How many events may be in flight in one worker; the rest queue. Where several handlers share the
   * script, the largest counts.
   *
   * @default {256}
   */
  concurrency?: number;
}

/** What a handler script may do. */
export type HandlerPermissions = "none" | "inherit" | HandlerGrants;

/** What is granted to a handler script, by the names that Deno uses; what is left out is denied. */
export interface HandlerGrants {
  /** Environment variables that it may read and change. */
  env?: boolean | readonly string[];
  /** Native libraries that it may load, by path. */
  ffi?: boolean | readonly (string | URL)[];
  /** Hosts that it may import code from. */
  import?: boolean | readonly string[];
  /** Hosts that it may connect to or listen on, such as `"db.example.com:5432"`. */
  net?: boolean | readonly string[];
  /** Files and directories that it may read. */
  read?: boolean | readonly (string | URL)[];
  /** Programs that it may run. */
  run?: boolean | readonly (string | URL)[];
  /** What it may ask of the system, such as `"hostname"`. */
  sys?: boolean | readonly string[];
  /** Files and directories that it may write. */
  write?: boolean | readonly (string | URL)[];
}

/** Something that happened to a handler, worth a line in the log. */
export interface HandlerLogRecord {
  /** How grave it is. */
  readonly level: LogLevel;
  /** The script that it is about; null: none in particular. */
  readonly script: string | null;
  /** What happened. Safe to print: control characters are escaped. */
  readonly message: string;
  /** The record itself, where the script logged it by a LogTape of its own. */
  readonly own?: ScriptRecord;
}

/** Runs the events of one handler. */
export interface Runner {
  /**
   * Runs one event.
   *
   * @param event The event.
   * @param facts What the handler is told. Its body is given away.
   * @param deadline The moment by which an answer must be there, in milliseconds of the clock of the deadlines.
   * @returns The answer, by a promise where it takes time; never rejects.
   */
  run(event: EventName, facts: SessionFacts, deadline: number): Answer | Promise<Answer>;
  /**
   * Ends it; events that are still under way end in a fault.
   *
   * @returns How many workers could not be ended.
   */
  close(): Promise<number>;
}

/** The handlers of a server, and how to run the scripts among them. */
export interface ScriptsConfig {
  /** The handlers, by event. */
  handlers: HandlerMap;
  /** How many workers each script gets, unless its spec says otherwise. */
  poolSize: number;
  /** How long one event may take, in milliseconds, unless its spec says otherwise. */
  deadline: number;
  /** The URL of the main script, which names of scripts are relative to. */
  mainModule: string;
}

/** What {@linkcode Pools} is made of. */
export interface PoolsConfig {
  /** Where the large buffers of messages come from, and go to. */
  buffers: BufferPool;
  /** Told of what is worth a line in the log. */
  onLog(record: HandlerLogRecord): void;
  /** What counts and measures; unless given, nothing does. */
  telemetry?: ServerTelemetry | null;
  /** What a test may want otherwise. */
  tuning?: Partial<Tuning>;
}

/** The figures behind the pools. Milliseconds where nothing else is said. */
export interface Tuning {
  /** How long a script may take to load. */
  load: number;
  /** How long a worker may take to answer a ping before it counts as a runaway. */
  ping: number;
  /** How many events may queue for one script. */
  queue: number;
  /** How many workers of one script may run away before its events fault for good. */
  runaways: number;
  /** How many times the workers of one script may be restarted within `restartWindow`. */
  restarts: number;
  /** The time in which `restarts` are counted. */
  restartWindow: number;
  /** How often deadlines are looked at. */
  tick: number;
  /** Whether to find out at the start if remote imports are possible. */
  canary: boolean;
}
