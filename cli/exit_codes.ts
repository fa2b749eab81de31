/**
 * What the command line says by its exit code: the numbers of `sysexits.h` that fit.
 *
 * @module
 */

/** The exit codes. A script may tell by them what to do next. */
export const ExitCode = {
  /** All went well. */
  ok: 0,
  /** The command line cannot be understood. */
  usage: 64,
  /** The message is missing or cannot be sent as it is, or a recipient is refused for good. */
  data: 65,
  /** The server cannot be reached, refuses the connection, or TLS cannot be set up. */
  unavailable: 69,
  /** Refused for now, interrupted, or lost on the way; what became of the message may be unknown. */
  temporary: 75,
  /** The server does not speak SMTP as it should. */
  protocol: 76,
  /** The login is refused, or Deno does not permit what is needed. */
  permission: 77,
  /** A file that configures is missing or wrong, or a setting that is needed is not there. */
  config: 78,
} as const;

/** One of the exit codes of {@linkcode ExitCode}. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];
