/** The command line under test: in this process with a terminal that remembers, in a child process, and on a real terminal. */

import type { Terminal } from "../../cli/mod.ts";
import { main } from "../../cli/mod.ts";
import { findPython, type Program, run, type RunOptions } from "../helpers/programs.ts";

const ROOT = new URL("../../", import.meta.url);
const ENTRY = decodeURIComponent(new URL("cli/mod.ts", ROOT).pathname);
const DENO: Program = { name: "deno", path: Deno.execPath(), missing: null };

/** A Python that can make a terminal. */
export const PTY: Program = findPython("pty");

/** What a command line has left. */
export interface Left {
  /** The exit code. */
  readonly code: number;
  /** What it wrote to standard output. */
  readonly out: string;
  /** What it wrote to standard error. */
  readonly err: string;
}

/** Runs the command line in this process. */
export async function cli(args: readonly string[], io: Partial<Terminal> = {}): Promise<Left> {
  const text = { out: "", err: "" };
  const code = await main(args, {
    out: (more) => void (text.out += more),
    err: (more) => void (text.err += more),
    columns: 80,
    interactive: false,
    color: false,
    promptSecret: () => null,
    ...io,
  });
  return { code, ...text };
}

/** Runs the command line in a process of its own, with these permissions of Deno. */
export async function child(
  permissions: readonly string[],
  args: readonly string[],
  options: RunOptions = {},
): Promise<Left> {
  const { code, stdout, output } = await run(DENO, denoArgs(permissions, args), options);
  return { code, out: stdout, err: output.slice(stdout.length) };
}

/** What happens on a terminal: what it waits for, and what is typed then. */
export type Step = readonly [expect: string, type: string];

/**
 * Runs the command line on a real terminal of 100 columns.
 *
 * @returns The exit code, and all that the terminal has got.
 */
export async function onTerminal(
  permissions: readonly string[],
  args: readonly string[],
  steps: readonly Step[],
  options: RunOptions = {},
): Promise<{ code: number; shown: string }> {
  const script = decodeURIComponent(new URL("_terminal.py", import.meta.url).pathname);
  const command = [DENO.path, ...denoArgs(permissions, args)];
  const env = { NO_COLOR: "", ...options.env };
  const { code, stdout, output } = await run(PTY, [script, JSON.stringify(steps), ...command], {
    ...options,
    env,
  });
  if (code === 99) throw new Error(`on the terminal: ${output}`);
  return { code, shown: stdout };
}

function denoArgs(permissions: readonly string[], args: readonly string[]): string[] {
  return ["run", "--no-prompt", "--cached-only", "--no-check", ...permissions, ENTRY, ...args];
}
