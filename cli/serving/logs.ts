/**
 * Where the log of a server from a file goes: to standard error.
 *
 * @module
 */

import {
  configure,
  getJsonLinesFormatter,
  getTextFormatter,
  type LogRecord,
  reset,
} from "@logtape/logtape";
import type { LogOptions } from "../config/schema.ts";
import type { Terminal } from "../terminal.ts";

/** The log of a server from a file. */
export class Logs implements AsyncDisposable {
  readonly #warnings: string[] = [];
  #collecting = true;

  /** Nothing is logged before {@linkcode Logs.open}. */
  private constructor() {}

  /**
   * Opens the log. Warnings are kept at first, for what is said at the start.
   *
   * @param options What the file says.
   * @param terminal Where it goes.
   * @returns The log.
   */
  static async open({ level = "warning", format }: LogOptions, terminal: Terminal): Promise<Logs> {
    const logs = new Logs();
    const line = format === "json" ? getJsonLinesFormatter() : getTextFormatter();
    await configure({
      reset: true,
      sinks: { stderr: (record) => logs.#collect(record) || terminal.err(line(record)) },
      filters: {
        level: (record) => logs.#collecting || record.level !== "warning" || level !== "error",
      },
      loggers: [
        {
          category: [], // handler scripts have categories of their own
          sinks: ["stderr"],
          filters: ["level"],
          lowestLevel: level === "error" ? "warning" : level,
        },
        { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
      ],
    });
    return logs;
  }

  /**
   * Prints warnings from now on.
   *
   * @returns Those that have come so far, each once.
   */
  takeWarnings(): string[] {
    this.#collecting = false;
    return [...new Set(this.#warnings)];
  }

  /** Closes the log. */
  [Symbol.asyncDispose](): Promise<void> {
    return reset();
  }

  #collect({ level, message }: LogRecord): boolean {
    if (!this.#collecting || level !== "warning") return false;
    this.#warnings.push(message.map(String).join("").replace(/^handlers: /, ""));
    return true;
  }
}
