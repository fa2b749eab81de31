/**
 * How a command reaches a server: the options that say so, and the client that they make.
 *
 * @module
 */

import { Client, type ClientOptions, EncryptMode, formatTraceLine } from "../client/mod.ts";
import { printable } from "../session/wire/escape.ts";
import type { CliArguments, CliOption } from "./arguments.ts";
import { CliError, UsageError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";
import { paint, type Terminal } from "./terminal.ts";

const MODES: Readonly<Record<string, EncryptMode>> = {
  implicit: EncryptMode.implicitTls,
  starttls: EncryptMode.startTls,
  opportunistic: EncryptMode.opportunistic,
  none: EncryptMode.none,
};

/** The options of every command that connects to a server. */
export const CONNECT_OPTIONS: readonly CliOption[] = [
  { name: "host", value: "HOST", help: "The server (default: localhost)" },
  { name: "port", value: "PORT", help: "Its port (default: 465, starttls: 587, else 25)" },
  { name: "socket", value: "PATH", help: "Its Unix socket, in place of --host and --port" },
  { name: "lmtp", help: "Speak LMTP (port 24)" },
  {
    name: "tls",
    value: "MODE",
    choices: Object.keys(MODES),
    help: "How to encrypt (default: implicit on 465 and 2465, --socket: none, else starttls)",
  },
  { name: "user", value: "NAME", help: "Log in by this name; SMTP_PASSWORD has the password" },
  { name: "name", value: "DOMAIN", help: "The name to give in EHLO (default: the own address)" },
  { name: "timeout", value: "SECONDS", help: "How long to try to connect (default: 30)" },
  { name: "ca", value: "FILE", help: "Trust the authorities in this file (PEM) too" },
  { name: "insecure", help: "Do not check the server's certificate" },
  { name: "verbose", help: "Show the dialogue, secrets masked" },
  { name: "json", help: "Write one line of JSON, for machines" },
  {
    name: "password",
    value: "…",
    help: "",
    refused:
      "Cannot take a password as an argument: everybody on this machine could read it, and the shell keeps it; " +
      "set SMTP_PASSWORD, or run on a terminal to be asked",
  },
];

/** Where a client connects to, as the arguments say. */
export interface Target {
  /** The client, not connected. */
  readonly client: Client;
  /** The first line that the server says; null before it has spoken. */
  greeting: string | null;
}

/**
 * Makes a client.
 *
 * @param args The arguments.
 * @param terminal Where the dialogue is shown.
 * @returns The client.
 * @throws {UsageError} If an argument does not fit.
 * @throws {CliError} If the file of authorities cannot be read.
 */
export async function makeTarget(args: CliArguments, terminal: Terminal): Promise<Target> {
  const ca = args.text("ca");
  const path = socketOf(args);
  const options: ClientOptions = {
    host: args.text("host") ?? "localhost",
    port: args.integer("port", 1, 65_535),
    path,
    protocol: args.flag("lmtp") ? "lmtp" : "smtp",
    encryptMode: MODES[args.text("tls") ?? ""],
    username: args.text("user"),
    name: args.text("name"),
    timeout: secondsOf(args),
    verifyServerCertificate: !args.flag("insecure"),
    tls: ca === undefined ? {} : { ca: await readAuthorities(ca) },
  };
  const client = construct(options);
  const target: Target = { client, greeting: null };
  client.trace = (line): void => {
    if (line.from === "server") target.greeting ??= line.text;
    if (args.flag("verbose")) terminal.err(`${formatTraceLine(line)}\n`);
  };
  if (args.flag("insecure")) warnInsecure(terminal);
  return target;
}

/**
 * Connects, and logs in where a name was given.
 *
 * @param client The client.
 * @param signal Ends it.
 * @throws {SmtpError} If that fails.
 * @throws {CliError} If the server refuses the name or the password.
 */
export async function connectAndLogIn(client: Client, signal: AbortSignal): Promise<void> {
  await client.connect({ signal });
  if (await client.authenticate({ signal })) return;
  throw new CliError(
    ExitCode.permission,
    `Cannot log in as "${
      printable(client.username, 100)
    }": the server refused the name or the password`,
  );
}

function socketOf(args: CliArguments): string | undefined {
  const path = args.text("socket");
  const other = ["host", "port"].find((name) => args.text(name) !== undefined);
  if (path === undefined || other === undefined) return path;
  throw new UsageError(
    `Cannot take "--${other}": "--socket" says where to connect, give one of them`,
  );
}

function construct(options: ClientOptions): Client {
  try {
    return new Client(options);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

function secondsOf(args: CliArguments): number | undefined {
  const seconds = args.integer("timeout", 1, 86_400);
  return seconds === undefined ? undefined : seconds * 1000;
}

async function readAuthorities(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(ExitCode.config, `Cannot read "--ca": ${printable(reason, 300)}`, { cause });
  }
}

/**
 * Gives the client its password, from the environment or from whoever sits at the terminal, where it has a name to log in
 * by. The environment is asked for only here, so that nobody else needs to permit it.
 *
 * @param client The client, not connected.
 * @param terminal Where it is asked for.
 * @throws {CliError} If there is none, or it is none that can be sent.
 */
export function takePassword(client: Client, terminal: Terminal): void {
  if (client.username === "") return;
  const password = readPassword(client.username, terminal);
  try {
    client.password = password;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CliError(ExitCode.config, cause.message, { cause });
  }
}

function readPassword(username: string, terminal: Terminal): string {
  const permitted = Deno.permissions.querySync({ name: "env", variable: "SMTP_PASSWORD" }).state;
  const set = permitted === "granted" ? Deno.env.get("SMTP_PASSWORD") : undefined;
  const password = set ?? terminal.promptSecret(`Password of ${printable(username, 100)}:`);
  if (password !== null) return password;
  const why = permitted === "granted"
    ? "is not set"
    : "may not be read, add --allow-env=SMTP_PASSWORD";
  throw new CliError(
    permitted === "granted" ? ExitCode.config : ExitCode.permission,
    `Cannot log in without a password: SMTP_PASSWORD ${why}; or run on a terminal to be asked`,
  );
}

function warnInsecure(terminal: Terminal): void {
  const warning = paint(terminal, "warning", "warning");
  terminal.err(
    `${warning}: the server's certificate is not checked (--insecure): whoever sits between can read and change all\n`,
  );
}
