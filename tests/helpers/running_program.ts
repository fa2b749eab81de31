/**
 * Programs that run beside a test, until it ends them.
 *
 * @module
 */

import { getAvailablePort } from "@std/net";
import { kill, PATIENCE, type Program } from "./programs.ts";

/** How many ports are tried before the machine is to blame. */
const ATTEMPTS = 5;

/** A program that runs until the test ends it. */
export class RunningProgram {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;
  readonly #lines: string[] = [];
  #next = 0;
  #ended = false;
  #wake: () => void = () => {};

  /**
   * Starts it.
   *
   * @param program The program.
   * @param args Its arguments.
   * @param cwd The folder that it runs in.
   */
  constructor(program: Program, args: readonly string[], cwd?: string | URL) {
    this.#name = program.name;
    this.#child = new Deno.Command(program.path, {
      args: [...args],
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)])
      .finally(() => {
        this.#ended = true;
        this.#wake();
      });
  }

  /** Whether it has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** All that it has written, for messages. */
  get output(): string {
    return this.#lines.join("\n");
  }

  /**
   * Waits for a line of its output, standard error included.
   *
   * @param pattern What the line matches. Lines up to the last one that was waited for do not count.
   * @param timeout How long to wait, in milliseconds.
   * @returns The line, without its end.
   * @throws {Error} If it ends or is silent for too long.
   */
  async line(pattern: RegExp, timeout = PATIENCE): Promise<string> {
    const late = Date.now() + timeout;
    for (;;) {
      while (this.#next < this.#lines.length) {
        const line = this.#lines[this.#next++];
        if (pattern.test(line)) return line;
      }
      if (this.#ended || Date.now() >= late) {
        const what = this.#ended ? "ended" : `was silent for ${timeout} ms`;
        throw new Error(`${this.#name} ${what}, no line matches ${pattern}:\n${this.output}`);
      }
      await this.#somethingNew(late - Date.now());
    }
  }

  #somethingNew(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /**
   * Writes to its standard input.
   *
   * @param data What to write.
   */
  async write(data: string | Uint8Array): Promise<void> {
    await this.#input.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
  }

  /**
   * Waits until it listens.
   *
   * @param port The port.
   * @throws {Error} If it ends, or does not listen in time.
   */
  async listens(port: number): Promise<void> {
    for (const late = Date.now() + PATIENCE; Date.now() < late && !this.#ended;) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        await this.#somethingNew(10);
      }
    }
    throw new Error(`${this.#name} does not listen on port ${port}:\n${this.output}`);
  }

  /**
   * Sends it a signal.
   *
   * @param name The signal.
   */
  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  /**
   * Waits until it has ended.
   *
   * @returns Its exit code.
   * @throws {Error} If that takes too long; it is killed then.
   */
  async exitCode(): Promise<number> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kill(this.#child);
    }, PATIENCE);
    const { code } = await this.#child.status;
    clearTimeout(timer);
    if (late) throw new Error(`${this.#name} did not end within ${PATIENCE} ms:\n${this.output}`);
    return code;
  }

  /**
   * Asks it to end, and waits until it has.
   *
   * @returns Its exit code.
   */
  async terminate(): Promise<number> {
    this.signal("SIGTERM");
    return await this.exitCode();
  }

  /** Kills it, and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    kill(this.#child);
    await this.#child.status;
    await this.#reading;
    await this.#input.abort().catch(() => {});
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.#lines.push(...lines.map((line) => line.endsWith("\r") ? line.slice(0, -1) : line));
      this.#wake();
    }
    if (rest !== "") this.#lines.push(rest);
  }
}

/** A program that listens on a port. */
export interface Listening extends AsyncDisposable {
  /** The program. */
  readonly program: RunningProgram;
  /** The port. */
  readonly port: number;
}

/**
 * Starts a program that must be told its port. Another process may take the port in between: then another is tried.
 *
 * @param program The program.
 * @param args Its arguments, given the port.
 * @returns The program, listening.
 * @throws {Error} If it does not listen on any of the ports.
 */
export async function listenOnFreePort(
  program: Program,
  args: (port: number) => readonly string[],
): Promise<Listening> {
  for (let attempt = 1;; attempt++) {
    const port = getAvailablePort();
    const running = new RunningProgram(program, args(port));
    try {
      await running.listens(port);
      return {
        program: running,
        port,
        [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
      };
    } catch (error) {
      await running[Symbol.asyncDispose]();
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
