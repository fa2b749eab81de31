/**
 * What a command of the command line is.
 *
 * @module
 */

import type { CliArguments, CliOption } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";

/** A command of the command line. `--help` is an option of each, and is seen to elsewhere. */
export interface CliCommand {
  /** Its name, such as `send`. */
  readonly name: string;
  /** What it does, in one short sentence without a period, for the list of commands. */
  readonly summary: string;
  /** What stands behind the options, such as `[FILE | -]`; the empty text where nothing may. */
  readonly usage: string;
  /** The paragraphs below the options: an example, the permissions, what the exit codes mean. */
  readonly help: string;
  /** Its options. */
  readonly options: readonly CliOption[];
  /**
   * Does it.
   *
   * @param args The options and what stands behind them.
   * @param terminal Where to write.
   * @param loadCommands Loads every command.
   * @returns The exit code. What it throws is told as `failureOf()` (cli/failure.ts) says.
   */
  run(
    args: CliArguments,
    terminal: Terminal,
    loadCommands: () => Promise<readonly CliCommand[]>,
  ): Promise<number>;
}
