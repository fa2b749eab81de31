/**
 * `smtp version`.
 *
 * @module
 */

import type { CliArguments } from "../arguments.ts";
import type { CliCommand } from "../command.ts";
import { ExitCode } from "../exit_codes.ts";
import type { Terminal } from "../terminal.ts";

/** The version of this package; a test compares it with `deno.json`. */
export const VERSION = "0.2.0";

/** Says which versions run. */
export const version: CliCommand = {
  name: "version",
  summary: "Say which versions of this program, Deno and V8 run",
  usage: "",
  options: [{ name: "json", help: "Write one line of JSON, for machines" }],
  help: "Example\n  smtp version",
  run: runVersion,
};

function runVersion(args: CliArguments, terminal: Terminal): Promise<number> {
  const { deno, v8 } = Deno.version;
  const versions = { smtp: VERSION, deno, v8 };
  terminal.out(
    args.flag("json")
      ? `${JSON.stringify(versions)}\n`
      : Object.entries(versions).map(([name, text]) => `${name} ${text}\n`).join(""),
  );
  return Promise.resolve(ExitCode.ok);
}
