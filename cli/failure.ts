/**
 * What went wrong, as the command line says it: one line for people, one number for scripts.
 *
 * @module
 */

import { SendError, SmtpError, type SmtpErrorKind } from "../client/mod.ts";
import { CliError, UsageError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";

/** A failure. */
export interface Failure {
  /** The exit code. */
  readonly code: ExitCode;
  /** One line for people. */
  readonly message: string;
}

/** What an error of each kind is before and after the transaction has begun; `reply` and `aborted` are looked at closer. */
const CODES: Readonly<Record<SmtpErrorKind, readonly [before: ExitCode, during: ExitCode]>> = {
  reply: [ExitCode.unavailable, ExitCode.data],
  protocol: [ExitCode.protocol, ExitCode.protocol],
  timeout: [ExitCode.unavailable, ExitCode.temporary],
  connection: [ExitCode.unavailable, ExitCode.temporary],
  tls: [ExitCode.unavailable, ExitCode.unavailable],
  auth: [ExitCode.permission, ExitCode.permission],
  aborted: [ExitCode.temporary, ExitCode.data],
  unsupported: [ExitCode.data, ExitCode.data],
};

/** Which options help, where the library names its own. */
const HINTS: Partial<Record<SmtpErrorKind, string>> = {
  tls: " (see --tls, --ca and --insecure)",
  auth: " (see --tls and --user)",
};

/** The replies that ask for a login, or refuse one ([RFC 4954, section 6](https://www.rfc-editor.org/rfc/rfc4954#section-6)). */
const LOGIN: readonly number[] = [530, 534, 535, 538];

/** What stands behind a message of which nobody knows what became. */
const UNKNOWN =
  "; whether the server took the message is UNKNOWN: look whether it has arrived before you send it again, or it may come twice";

/**
 * Finds out what to say about an error.
 *
 * @param error What was thrown.
 * @returns The failure; null for an error that no rule knows, which is a bug.
 */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof UsageError) return { code: ExitCode.usage, message: error.message };
  if (error instanceof CliError) return { code: error.code, message: error.message };
  if (error instanceof SmtpError) return smtpFailure(error);
  // Deno's own text names the flag to add.
  if (error instanceof Deno.errors.NotCapable) {
    return { code: ExitCode.permission, message: `Missing permission of Deno: ${error.message}` };
  }
  return null;
}

/**
 * A failure for machines.
 *
 * @param failure What is said about it.
 * @param error The error itself.
 * @returns Its kind, `local` where no server has a part in it, and its message.
 */
export function errorToJson({ message }: Failure, error: unknown): unknown {
  return { kind: error instanceof SmtpError ? error.kind : "local", message };
}

function smtpFailure(error: SmtpError): Failure {
  const code = smtpCode(error);
  const hint = HINTS[error.kind] ?? (LOGIN.includes(error.reply?.code ?? 0) ? HINTS.auth : "");
  const message = interrupted(error)
    ? `Interrupted: ${error.outcome === "unknown" ? error.message : "the message was not sent"}`
    : `${error.message}${hint}`;
  return { code, message: error.outcome === "unknown" ? `${message}${UNKNOWN}` : message };
}

function smtpCode(error: SmtpError): ExitCode {
  const { kind, outcome, reply, temporary } = error;
  if (outcome === "unknown" || interrupted(error)) return ExitCode.temporary;
  if (kind === "reply" && temporary) return ExitCode.temporary;
  if (kind === "reply" && refusesLogin(error, reply?.code)) return ExitCode.permission;
  const [before, during] = CODES[kind];
  return error instanceof SendError ? during : before;
}

function refusesLogin({ command }: SmtpError, code = 0): boolean {
  return LOGIN.includes(code) || (command?.startsWith("AUTH") ?? false);
}

/** Whether a signal ended it; a message that could not be read on is the other way to be aborted. */
function interrupted({ kind, cause }: SmtpError): boolean {
  return kind === "aborted" && cause instanceof DOMException && cause.name === "AbortError";
}
