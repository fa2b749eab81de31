/**
 * The command line: `deno run jsr:@infinity/smtp/cli COMMAND`, or {@linkcode main} from a program.
 *
 * @example Which versions run
 * ```ts
 * import { main } from "@infinity/smtp/cli";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const code = await main(["version"], {
 *   out: (text) => void lines.push(text),
 *   err: () => {},
 *   columns: 80,
 *   interactive: false,
 *   color: false,
 *   promptSecret: () => null,
 * });
 * assertEquals([code, lines[0].startsWith("smtp ")], [0, true]);
 * ```
 *
 * @module
 */

import { printable } from "../session/wire/escape.ts";
import { readArguments } from "./arguments.ts";
import type { CliCommand } from "./command.ts";
import { UsageError } from "./errors.ts";
import { COMMAND_NAMES, loadCommand, loadCommands } from "./commands.ts";
import { ExitCode } from "./exit_codes.ts";
import { failureOf } from "./failure.ts";
import { guess } from "./guess.ts";
import { commandHelp, PROGRAM, programHelp } from "./help.ts";
import { paint, systemTerminal, type Terminal } from "./terminal.ts";

export { ExitCode } from "./exit_codes.ts";
export type { Terminal } from "./terminal.ts";

/** What stands for the command `help`. */
const HELP_WORDS: readonly string[] = ["help", "--help", "-h"];

/**
 * Runs the command line.
 *
 * @param args The arguments: the name of a command, and what it takes.
 * @param io Where to write and ask; this process's own streams unless given.
 * @returns The exit code, one of {@linkcode ExitCode}. What goes wrong is written to standard error.
 */
export async function main(
  args: readonly string[],
  io: Terminal = systemTerminal(),
): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined) {
      io.err(programHelp(await loadCommands()));
      return ExitCode.usage;
    }
    if (HELP_WORDS.includes(name)) return await help(rest, io);
    if (name === "--version") return await runCommand(await commandOf("version"), rest, io);
    return await runCommand(await commandOf(name), rest, io);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    io.err(`${paint(io, "error", "error")}: ${failure.message}\n`);
    if (error instanceof UsageError) io.err(`See: ${helpFor(name)}\n`);
    return failure.code;
  }
}

async function runCommand(
  command: CliCommand,
  args: readonly string[],
  io: Terminal,
): Promise<number> {
  const given = readArguments(command, args);
  if (given.flag("help")) {
    io.out(commandHelp(command));
    return ExitCode.ok;
  }
  if (command.usage === "" && given.operands.length > 0) {
    const [first] = given.operands;
    throw new UsageError(
      `Cannot run "${command.name}": nothing may stand behind it, got "${printable(first, 100)}"`,
    );
  }
  return await command.run(given, io, loadCommands);
}

async function help([name]: readonly string[], io: Terminal): Promise<number> {
  io.out(
    name === undefined ? programHelp(await loadCommands()) : commandHelp(await commandOf(name)),
  );
  return ExitCode.ok;
}

async function commandOf(name: string): Promise<CliCommand> {
  const command = await loadCommand(name);
  if (command !== null) return command;
  throw new UsageError(
    `Cannot run "${printable(name, 100)}": there is no such command, ${guess(name, COMMAND_NAMES)}`,
  );
}

function helpFor(name: string | undefined): string {
  const known = name !== undefined && COMMAND_NAMES.includes(name);
  return known ? `${PROGRAM} help ${name}` : `${PROGRAM} help`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
