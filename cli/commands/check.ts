/**
 * `smtp check`.
 *
 * @module
 */

import type { CliArguments } from "../arguments.ts";
import type { CliCommand } from "../command.ts";
import { inspect, tryHandlers } from "../config/inspect.ts";
import { fileOf, loadConfig } from "../config/load.ts";
import { problemsOf, refuse } from "../config/problems.ts";
import { ExitCode } from "../exit_codes.ts";
import { Logs } from "../serving/logs.ts";
import { summarize } from "../serving/summary.ts";
import { paint, type Terminal } from "../terminal.ts";

const TEXT =
  `Reads FILE as serve does, without listening: every key and value, the certificates and their keys, the permissions
that Deno gives, and the handler scripts, whose workers are started and stopped. Says what is wrong, or what would be served.
While FILE itself is wrong, nothing that it names is looked at.

Example
  smtp check smtp.yaml

Permissions of Deno
  the same as for serve, and --unstable-worker-options as well

Exit codes
  0 where it would be served; 77 where nothing but permissions is missing; 78 where something is wrong`;

/** Checks a file of options. */
export const check: CliCommand = {
  name: "check",
  summary: "Check a file of options, and say what would be served",
  usage: "FILE",
  options: [],
  help: TEXT,
  run: runCheck,
};

async function runCheck(args: CliArguments, terminal: Terminal): Promise<number> {
  const file = fileOf(args.operands);
  await using logs = await Logs.open({}, terminal);
  try {
    const config = await loadConfig(file);
    const problems = await inspect(config.listeners);
    if (problems.length === 0) problems.push(...await tryHandlers(config.listeners));
    if (problems.length === 0) {
      terminal.out(`${summarize(config, [], logs.takeWarnings())}\n`);
      terminal.out(paint(terminal, "good", `${file}: nothing is wrong\n`));
      return ExitCode.ok;
    }
    return refuse(file, problems, terminal);
  } catch (error) {
    return refuse(file, problemsOf(error), terminal);
  }
}
