/**
 * What a command of the command line is.
 *
 * @module
 */

import type { CliArguments } from "./arguments.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { Terminal } from "./terminal.ts";

/** An option of a command: the help, the reading of arguments and the completion of shells come from it. */
export interface CliOption {
  /** Its name, without `--`. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly help: string;
  /** What stands for its value in the help, such as `HOST`. An option without takes no value. */
  readonly value?: string;
  /** The words that its value may be; any text where there are none. */
  readonly choices?: readonly string[];
  /** Whether it may come more than once. @default {false} */
  readonly repeat?: boolean;
  /** Why it is not taken: for an option that people expect, and that would be a mistake. It is not in the help. */
  readonly refused?: string;
}

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
   * @returns The exit code. What it throws is told as `failureOf()` (cli/failure.ts) says.
   */
  run(args: CliArguments, terminal: Terminal): Promise<number>;
}

/** A command line that cannot be understood. Exit code 64, with a word on where the help is. */
export class UsageError extends Error {
  /** Always `UsageError`. */
  override readonly name = "UsageError";
}

/** A failure whose exit code is known where it happens. */
export class CliError extends Error {
  /** Always `CliError`. */
  override readonly name = "CliError";
  /** The exit code. */
  readonly code: ExitCode;

  /**
   * Makes an error.
   *
   * @param code The exit code.
   * @param message The text for people: action, colon, what is wrong, what would be right.
   * @param options What it comes from.
   */
  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
