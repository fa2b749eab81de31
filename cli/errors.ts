/**
 * What the command line throws.
 *
 * @module
 */

import type { ExitCode } from "./exit_codes.ts";

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
