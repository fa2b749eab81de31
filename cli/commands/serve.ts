/**
 * `smtp serve`.
 *
 * @module
 */

import { ServerGroup, type ServerOptions } from "../../server/mod.ts";
import { formatTraceLine } from "../../session/trace.ts";
import { printable } from "../../session/wire/escape.ts";
import type { CliArguments } from "../arguments.ts";
import type { CliCommand } from "../command.ts";
import { inspect, tryHandlers } from "../config/inspect.ts";
import type { Listener } from "../config/listeners.ts";
import { type Config, fileOf, loadConfig } from "../config/load.ts";
import { ConfigError, messageOf, problemsOf, refuse, tellProblems } from "../config/problems.ts";
import { ExitCode } from "../exit_codes.ts";
import { Logs } from "../serving/logs.ts";
import { Signals } from "../serving/signals.ts";
import { summarize } from "../serving/summary.ts";
import { untilEnd } from "../serving/until_end.ts";
import { paint, type Terminal } from "../terminal.ts";

const TEXT =
  `Serves what FILE (YAML) says until it is told to stop. The keys are the names of the options of Server; each item of
"listeners" is a socket of its own, and says what is different there. Paths are relative to the folder of FILE.

Example
  smtp serve smtp.yaml

  # smtp.yaml
  name: mx.example.org
  onRcptTo: handlers/rcpt_to.ts
  onReceive:
    script: handlers/receive.ts
    permissions: { read: [mail], write: [mail] }
  tls: { certFile: tls/cert.pem, keyFile: tls/key.pem }
  listeners:
    - port: 25
    - port: 465
      onLogin: handlers/login.ts

More keys
  log: { level: info, format: json }   what is logged to standard error: debug, info, warning (the default) or error
  trace: true                          each line of every dialogue goes to standard error, secrets masked

Signals
  SIGHUP            reads certificates and handler scripts again, not FILE; no connection is dropped, and a bad one keeps the old
  SIGTERM, SIGINT   stop: open transactions may end within timeouts.stop; a second one ends the process at once

Permissions of Deno
  --allow-net=0.0.0.0:25,0.0.0.0:465   what is listened on
  --allow-read=.                       FILE, the certificates, the handler scripts and what they import
  --allow-write=mail                   what handlers are granted, the process must have
  --allow-sys=hostname,uid             the machine's name for the greeting; to warn of root
  --unstable-worker-options            without it, Deno ends the process with code 70 when the first handler starts
  --no-prompt --cached-only            no handler asks the operator, or imports code from elsewhere

Exit codes
  0 stopped; 69 the port is taken, or a listener has died; 77 a permission is missing; 78 something in FILE is wrong`;

/** Serves what a file of options says. */
export const serve: CliCommand = {
  name: "serve",
  summary: "Receive mail as a file of options says",
  usage: "FILE",
  options: [],
  help: TEXT,
  run: runServe,
};

async function runServe(args: CliArguments, terminal: Terminal): Promise<number> {
  const file = fileOf(args.operands);
  const config = await prepared(file).catch(problemsOf);
  if (!("listeners" in config)) return refuse(file, config, terminal);
  await using logs = await Logs.open(config.log, terminal);
  await using group = new ServerGroup(config.listeners.map((one) => optionsOf(one, terminal)));
  let queue = Promise.resolve();
  using signals = new Signals(() => queue = queue.then(() => reload(group, terminal), () => {}));
  try {
    queue = group.start();
    const early = await Promise.race([queue, signals.end]);
    if (early !== undefined) return await untilEnd(group, signals.end, terminal);
  } catch (error) {
    return await refuseStart(config, error, terminal);
  }
  const addresses = group.servers.map(({ addr }) => addr);
  terminal.out(`${summarize(config, addresses, logs.takeWarnings())}\n`);
  terminal.out(`Serving ${printable(file)} as process ${Deno.pid}\n`);
  return await untilEnd(group, signals.end, terminal);
}

/** Reads the file, and finds all that is wrong before anything starts. */
async function prepared(file: string): Promise<Config> {
  const config = await loadConfig(file);
  const problems = await inspect(config.listeners);
  if (problems.length > 0) throw new ConfigError(file, problems);
  return config;
}

/** A start ends at the first error; where a script is to blame, others may be too. */
async function refuseStart(config: Config, error: unknown, terminal: Terminal): Promise<number> {
  const code = exitCodeOf(error);
  const problems = code === ExitCode.config ? await tryHandlers(config.listeners) : [];
  if (problems.length > 0) return refuse(config.file, problems, terminal);
  tellProblems(config.file, [{ path: "", text: messageOf(error) }], terminal);
  return code;
}

function optionsOf({ options, trace }: Listener, terminal: Terminal): ServerOptions {
  if (!trace) return options;
  return { ...options, trace: (line) => terminal.err(`${formatTraceLine(line)}\n`) };
}

async function reload(group: ServerGroup, terminal: Terminal): Promise<void> {
  try {
    await group.reload();
    terminal.out("SIGHUP: certificates and handler scripts are reloaded\n");
  } catch (error) {
    const errors = error instanceof AggregateError ? error.errors : [error];
    const name = paint(terminal, "error", "error");
    // Listeners share files: each would say the same.
    for (const message of new Set(errors.map(messageOf))) {
      terminal.err(`${name}: SIGHUP: what was there before stays: ${message}\n`);
    }
  }
}

/** The system, Deno and the network are to blame for some errors; for any other, it is the file. */
function exitCodeOf(error: unknown): number {
  const { NotCapable, PermissionDenied, AddrInUse, AddrNotAvailable } = Deno.errors;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof NotCapable || cause instanceof PermissionDenied) {
      return ExitCode.permission;
    }
    if (cause instanceof AddrInUse || cause instanceof AddrNotAvailable) {
      return ExitCode.unavailable;
    }
  }
  return ExitCode.config;
}
