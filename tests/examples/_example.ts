/**
 * Examples, run as their readers run them: copied into a project of its own, by the command that stands at their top.
 *
 * @module
 */

import { type Folder, temporaryFolder } from "../helpers/programs.ts";
import { copyLock, projectImports } from "../helpers/project.ts";
import { RunningProgram } from "../helpers/running_program.ts";

const root = new URL("../../", import.meta.url);

/** This very runtime. */
export const deno = { name: "deno", path: Deno.execPath(), missing: null };

/**
 * Makes a project that holds one example; `deno add` has written its imports.
 *
 * @param name The file or the folder within `examples/`.
 * @returns The folder of the project.
 */
export async function projectWith(name: string): Promise<Folder> {
  const folder = await temporaryFolder();
  const imports = await projectImports();
  await folder.write("deno.json", JSON.stringify({ imports }));
  await copyLock(folder.path);
  await Deno.mkdir(`${folder.path}/examples`);
  await copy(new URL(`examples/${name}`, root), `${folder.path}/examples/${name}`);
  return folder;
}

async function copy(from: URL, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    // What a run of the example in this repository has left there is not the example.
    if (name !== "mail") await copy(new URL(`${from.href}/${name}`), `${to}/${name}`);
  }
}

/**
 * The command at the top of an example, with the same permissions; but the port is left open, and the library, which has no
 * path of its own in a reader's project, may be read.
 *
 * @param file The example's file, within `examples/`.
 * @param changes What else is different on this machine: texts of the command, and what stands for each.
 * @returns The arguments of `deno`.
 */
export async function commandOf(
  file: string,
  changes: Record<string, string> = {},
): Promise<string[]> {
  const lines = (await Deno.readTextFile(new URL(`examples/${file}`, root))).split("\n");
  const first = lines.findIndex((line) => line.startsWith(" *     deno "));
  if (first < 0) throw new Error(`No command at the top of examples/${file}`);
  let command = lines[first];
  for (let next = first + 1; command.endsWith("\\"); next++) {
    command = command.slice(0, -1) + lines[next].slice(" *".length);
  }
  const here = {
    "127.0.0.1:2525": "127.0.0.1:0",
    "--allow-read=. ": `--allow-read=.,${decodeURIComponent(root.pathname)} `,
    ...changes,
  };
  for (const [there, instead] of Object.entries(here)) command = command.replace(there, instead);
  return command.split(/\s+/).slice(3);
}

/** A server of the examples that runs. */
export interface RunningExample extends AsyncDisposable {
  /** The program. */
  readonly program: RunningProgram;
  /** The port that it listens on. */
  readonly port: number;
}

/**
 * Starts a server of the examples on a free port, by its command.
 *
 * @param folder The project.
 * @param command What {@linkcode commandOf} gives, with further arguments.
 * @returns The server.
 */
export async function startExample(
  folder: Folder,
  command: readonly string[],
): Promise<RunningExample> {
  const program = new RunningProgram(deno, command, folder.path);
  try {
    const port = Number((await program.line(/^Listening on port \d+$/)).slice(18));
    return { program, port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
