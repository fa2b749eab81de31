/**
 * The help.
 *
 * @module
 */

import { type CliOption, HELP } from "./arguments.ts";
import type { CliCommand } from "./command.ts";

/** What the program is called in the help: whoever installs it may call it otherwise. */
export const PROGRAM = "smtp";

/**
 * The help of the program.
 *
 * @param commands Its commands.
 * @returns The text, which ends with a line end.
 */
export function programHelp(commands: readonly CliCommand[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return `An SMTP client and server.

Usage: ${PROGRAM} COMMAND [OPTIONS]

Commands
${table(rows)}
"${PROGRAM} help COMMAND" says more. "${PROGRAM}" stands for "deno run jsr:@infinity/smtp/cli"; to have it by that name:
  deno install --global --name ${PROGRAM} --unstable-worker-options \\
    --allow-net --allow-read --allow-env=SMTP_PASSWORD jsr:@infinity/smtp/cli
`;
}

/**
 * The help of a command.
 *
 * @param command The command.
 * @returns The text, which ends with a line end.
 */
export function commandHelp(command: CliCommand): string {
  const options = [...command.options, HELP].filter(({ refused }) => refused === undefined);
  const rows = options.map((option) => [nameOf(option), describe(option)] as const);
  return `${command.summary}.

Usage: ${usageOf(command)}

Options
${table(rows)}
${command.help}
`;
}

/**
 * How a command is called, on one line.
 *
 * @param command The command.
 * @returns Such as `smtp send [OPTIONS] [FILE | -]`.
 */
export function usageOf({ name, usage }: CliCommand): string {
  return `${PROGRAM} ${name} [OPTIONS] ${usage}`.trimEnd();
}

function nameOf({ name, value }: CliOption): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function describe({ help, choices }: CliOption): string {
  return choices === undefined ? help : `${help}: ${choices.join(", ")}`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join("");
}
