/**
 * What is wrong with a file of options, in words for whoever wrote it.
 *
 * @module
 */

import type { BaseIssue } from "valibot";
import { printable } from "../../session/wire/escape.ts";
import { ExitCode } from "../exit_codes.ts";
import { paint, type Terminal } from "../terminal.ts";

/** What may stand where other keys belong. */
export const GROUP = "a group of keys";

/** The keys whose values are never shown. */
const SECRETS: readonly string[] = ["tls.cert", "tls.key", "tls.rootCert"];

/** One thing that is wrong. */
export interface Problem {
  /** The path of the key, such as `listeners[1].tls.certFile`; empty: the file as a whole. */
  readonly path: string;
  /** What stands there and what may stand there. */
  readonly text: string;
  /** Whether it is Deno that does not permit something, and a flag helps. */
  readonly permission?: boolean;
}

/** A file of options that cannot be used. */
export class ConfigError extends Error {
  /** Always `ConfigError`. */
  override readonly name = "ConfigError";
  /** All that is wrong with it. */
  readonly problems: readonly Problem[];

  /**
   * Makes an error.
   *
   * @param file The file, as the user named it.
   * @param problems What is wrong with it.
   */
  constructor(file: string, problems: readonly Problem[]) {
    super(formatProblems(file, problems));
    this.problems = problems;
  }
}

/**
 * Puts problems as text.
 *
 * @param file The file, as the user named it.
 * @param problems What is wrong with it.
 * @returns A line for each, without a line end at the end.
 */
export function formatProblems(file: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ path, text }) =>
    `${printable(file)}: ${path === "" ? "" : `${path}: `}${text}`
  );
  return [...new Set(lines)].join("\n");
}

/**
 * Tells of problems, a line for each.
 *
 * @param file The file, as the user named it.
 * @param problems What is wrong with it.
 * @param terminal Where to write.
 */
export function tellProblems(
  file: string,
  problems: readonly Problem[],
  terminal: Terminal,
): void {
  const error = paint(terminal, "error", "error");
  for (const line of formatProblems(file, problems).split("\n")) {
    terminal.err(`${error}: ${line}\n`);
  }
}

/**
 * Tells of problems for which nothing is served.
 *
 * @param file The file, as the user named it.
 * @param problems What is wrong with it.
 * @param terminal Where to write.
 * @returns The exit code: 77 where flags of Deno are all that is missing, else 78.
 */
export function refuse(file: string, problems: readonly Problem[], terminal: Terminal): ExitCode {
  tellProblems(file, problems, terminal);
  return problems.every(({ permission }) => permission) ? ExitCode.permission : ExitCode.config;
}

/**
 * Finds out what is wrong by an error.
 *
 * @param error What was thrown.
 * @returns The problems.
 * @throws What was thrown, if it is no {@linkcode ConfigError}.
 */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ConfigError) return error.problems;
  throw error;
}

/**
 * What an error says, on one line.
 *
 * @param error What was thrown.
 * @returns Its message.
 */
export function messageOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error), 2048);
}

/**
 * Makes a problem of what a schema found. The schema's message says what may stand there, or all of it where nothing may.
 *
 * @param issue What the schema found.
 * @returns The problem.
 */
export function problemOf(issue: BaseIssue<unknown>): Problem {
  const keys = issue.path?.map(({ key }) => key) ?? [];
  const path = formatPath(keys);
  if (issue.type === "never") return { path, text: issue.message };
  // The one thing that is missed in a group is a key that it must have.
  if (issue.type === "object") return { path, text: "is missing" };
  // What stands in the place of a group may be anything: `auth: hunter2`.
  const secret = issue.message === GROUP || SECRETS.includes(path.split(".").slice(-2).join("."));
  return { path, text: `must be ${issue.message}, got ${shown(issue.input, secret)}` };
}

/**
 * Writes the path of a key.
 *
 * @param keys The keys and indices.
 * @returns Such as `listeners[1].tls.certFile`.
 */
export function formatPath(keys: readonly unknown[]): string {
  return keys.map((key, index) =>
    typeof key === "number" ? `[${key}]` : (index === 0 ? "" : ".") + printable(String(key), 64)
  ).join("");
}

/** A value in a message. Neither a secret nor the inside of a list or a group is shown. */
function shown(value: unknown, secret: boolean): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (value instanceof Uint8Array) return "octets";
  if (typeof value === "object") return "a group of keys";
  if (secret) return `a ${typeof value} that is not shown`;
  return typeof value === "string" ? `"${printable(value, 100)}"` : String(value);
}
