/**
 * `smtp completion`.
 *
 * @module
 */

import type { CliArguments } from "../arguments.ts";
import type { CliCommand } from "../command.ts";
import { UsageError } from "../errors.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "../completions.ts";
import { ExitCode } from "../exit_codes.ts";
import { PROGRAM } from "../help.ts";
import type { Terminal } from "../terminal.ts";

const SHELLS: ReadonlyMap<string, (program: string, commands: readonly CliCommand[]) => string> =
  new Map([["bash", bashCompletion], ["zsh", zshCompletion], ["fish", fishCompletion]]);

/** Writes what a shell needs to complete the command line. */
export const completion: CliCommand = {
  name: "completion",
  summary: "Write what a shell needs to complete this command line",
  usage: "bash | zsh | fish",
  options: [{
    name: "name",
    value: "NAME",
    help: `What the program is called (default: ${PROGRAM})`,
  }],
  help: `Examples
  source <(smtp completion bash)                                in ~/.bashrc
  source <(smtp completion zsh)                                 in ~/.zshrc, behind compinit
  smtp completion fish > ~/.config/fish/completions/smtp.fish`,
  run: runCompletion,
};

async function runCompletion(
  args: CliArguments,
  terminal: Terminal,
  loadCommands: () => Promise<readonly CliCommand[]>,
): Promise<number> {
  const [shell = "", ...more] = args.operands;
  const write = SHELLS.get(shell);
  if (write === undefined || more.length > 0) {
    throw new UsageError(`Cannot complete: name one shell of ${[...SHELLS.keys()].join(", ")}`);
  }
  const program = args.text("name") ?? PROGRAM;
  if (!/^[A-Za-z0-9_.-]+$/.test(program)) {
    throw new UsageError('Cannot take "--name": must be letters, digits, "_", "-" and "."');
  }
  terminal.out(write(program, await loadCommands()));
  return ExitCode.ok;
}
