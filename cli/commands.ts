/**
 * The commands there are. Each is loaded only when it is used: a server is more than a client needs.
 *
 * @module
 */

import type { CliCommand } from "./command.ts";

/** How each command is loaded, by its name, in the order of the help. */
const LOADERS: ReadonlyMap<string, () => Promise<CliCommand>> = new Map([
  ["serve", async (): Promise<CliCommand> => (await import("./commands/serve.ts")).serve],
  ["check", async (): Promise<CliCommand> => (await import("./commands/check.ts")).check],
  ["send", async (): Promise<CliCommand> => (await import("./commands/send.ts")).send],
  ["verify", async (): Promise<CliCommand> => (await import("./commands/verify.ts")).verify],
  [
    "completion",
    async (): Promise<CliCommand> => (await import("./commands/completion.ts")).completion,
  ],
  ["version", async (): Promise<CliCommand> => (await import("./commands/version.ts")).version],
]);

/** The names of the commands. */
export const COMMAND_NAMES: readonly string[] = [...LOADERS.keys()];

/**
 * Loads a command.
 *
 * @param name Its name.
 * @returns The command; null where there is none of the name.
 */
export async function loadCommand(name: string): Promise<CliCommand | null> {
  return await LOADERS.get(name)?.() ?? null;
}

/**
 * Loads every command.
 *
 * @returns The commands, in the order of the help.
 */
export async function loadCommands(): Promise<readonly CliCommand[]> {
  return await Promise.all([...LOADERS.values()].map((load) => load()));
}
