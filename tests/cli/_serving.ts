/** Servers from files of options: the file and its handlers in a folder of their own, the server in a child process. */

import { main } from "../../cli/mod.ts";
import { type Folder, temporaryFolder } from "../helpers/programs.ts";
import { RunningProgram } from "../helpers/running_program.ts";

/** The folder of the repository. */
export const ROOT: string = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** A handler for every event, that says yes. */
export const YES = `export default function (session) {
  session.accept = true;
  session.authenticated = session.username === "ada" && session.password === "analytical";
  session.received = true;
}
`;

/** A server that listens. */
export interface Serving extends AsyncDisposable {
  /** Its process. */
  readonly program: RunningProgram;
  /** Where it listens, in the order of the file. */
  readonly ports: readonly number[];
}

/** A folder with a handler, `yes.ts`, and a file of options, `smtp.yaml`. */
export async function folderWith(yaml: string): Promise<Folder> {
  const folder = await temporaryFolder();
  await folder.write("yes.ts", YES);
  await folder.write("smtp.yaml", yaml);
  return folder;
}

/** The permissions that a server of a folder needs, in this repository. */
export function permissions(folder: string): string[] {
  return ["--allow-net=127.0.0.1", `--allow-read=${ROOT},${folder}`];
}

/** The arguments of Deno that run the command line. */
export function denoArguments(flags: readonly string[], ...args: string[]): string[] {
  return [
    "run",
    "--no-prompt",
    "--cached-only",
    "--no-check",
    ...flags,
    `${ROOT}cli/mod.ts`,
    ...args,
  ];
}

/** Starts the server of a folder, and waits until it listens. */
export async function serving(folder: string, ...flags: string[]): Promise<Serving> {
  const deno = { name: "deno", path: Deno.execPath(), missing: null };
  const args = denoArguments([...permissions(folder), ...flags], "serve", "smtp.yaml");
  const program = new RunningProgram(deno, args, folder);
  return await listening(program);
}

/** Waits until a server listens. */
export async function listening(program: RunningProgram): Promise<Serving> {
  try {
    await program.line(/^Serving /);
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
  const ports = [...program.output.matchAll(/^ {2}127\.0\.0\.1 port (\d+) .*(TLS|login)/gm)]
    .filter(([line]) => !line.includes(" has no TLS"))
    .map(([, port]) => Number(port));
  return { program, ports, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

/** Runs a command on a file in this process, and hands out its lines. */
export async function told(command: "check" | "serve", file: string): Promise<[number, string[]]> {
  let text = "";
  const write = (more: string): void => void (text += more);
  const code = await main([command, file], {
    out: write,
    err: write,
    columns: 80,
    interactive: false,
    color: false,
    promptSecret: () => null,
  });
  return [code, text.trimEnd().split("\n")];
}
