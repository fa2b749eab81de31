/**
 * Main scripts, run by this very runtime in processes of their own: the names of files are relative to something there,
 * and no type is checked, as the entries of many workers at once would be in a process that runs tests.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** How a main script is run. */
export interface ProgramOptions {
  /** The working directory. */
  cwd: string;
  /** Its arguments. */
  args?: readonly string[];
  /** The file with the authority that it trusts. */
  cert?: string;
  /** The folder that it may write to; none unless given. */
  write?: string;
}

const CONFIG = new URL("../../deno.json", import.meta.url);

/** A main script that runs. */
export class RunningScript implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string, void>;
  readonly #stderr: Promise<string>;
  #inputOpen = true;

  /** Starts it. It may read any file, and connect to and listen on this machine. */
  constructor(script: string, { cwd, args = [], cert, write }: ProgramOptions) {
    const flags = ["--no-prompt", "--cached-only", "--allow-net=127.0.0.1", "--allow-read"];
    if (cert !== undefined) flags.push("--cert", cert);
    if (write !== undefined) flags.push(`--allow-write=${write}`);
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, "--config", fileURLToPath(CONFIG), script, ...args],
      cwd,
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#lines = readLines(this.#child.stdout);
    this.#stderr = new Response(this.#child.stderr).text();
  }

  /** Waits for the next line that it writes. */
  async line(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done !== true) return value;
    throw new Error(`The script has ended:\n${await this.#stderr}`);
  }

  /** Ends its input, waits until it has ended, and gives the lines that were left; fails where the script did. */
  async end(): Promise<string[]> {
    await this.#endInput();
    const left: string[] = [];
    for (let next = await this.#lines.next(); !next.done; next = await this.#lines.next()) {
      left.push(next.value);
    }
    const { code } = await this.#child.status;
    if (code !== 0) throw new Error(`The script ended with code ${code}:\n${await this.#stderr}`);
    return left;
  }

  /** Ends it, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endInput();
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#lines.return?.();
    await Promise.all([this.#child.status, this.#stderr]);
  }

  async #endInput(): Promise<void> {
    if (!this.#inputOpen) return;
    this.#inputOpen = false;
    await this.#child.stdin.close();
  }
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
