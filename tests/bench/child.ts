/**
 * Servers in processes of their own, and the lines that the benchmark exchanges with them
 * (programs/control.ts is the other end).
 *
 * @module
 */
import type { Running } from "./contender.ts";

/** How to start a server. */
export interface Program {
  /** Name in messages. */
  readonly name: string;
  /** The executable. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Variables beside those of the benchmark's own environment. @default {{}} */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Longest wait for a line in milliseconds: a server starts, or answers, within it. */
const LINE_LIMIT = 20_000;
/** Longest wait for an end by its own, in milliseconds. */
const STOP_LIMIT = 1_000;
/** How much of what a server writes to its standard error is kept, in UTF-16 code units. */
const ERRORS_KEPT = 4096;

/**
 * Starts a server, and waits until it listens.
 *
 * @param program What to start.
 * @returns The server.
 * @throws {Error} If it ends, or is silent for too long, before it has named its port.
 */
export async function startProgram(program: Program): Promise<Running> {
  const child = new Child(program);
  try {
    const { port, pid } = await child.line();
    if (!Number.isInteger(port) || !Number.isInteger(pid)) {
      throw new Error(`Cannot start ${program.name}: it named no port`);
    }
    child.worker = pid;
    return { port, pid, received: () => child.received(), stop: () => child.stop() };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/**
 * Looks for an executable on the PATH and in the folders for administrators, which the PATH of
 * other users leaves out.
 *
 * @param name File name of the program.
 * @returns Its path, or null where there is none.
 */
export async function findProgram(name: string): Promise<string | null> {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  for (const folder of folders) {
    const path = `${folder}/${name}`;
    const info = await Deno.stat(path).catch(() => null);
    if (folder !== "" && info?.isFile) return path;
  }
  return null;
}

/** A child process that is talked to line by line. */
class Child {
  readonly #program: Program;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #reading: Promise<void>;
  #text = "";
  #errors = "";
  #stopped: Promise<void> | null = null;
  /** The process that serves, where it is not the child itself. */
  worker: number;

  constructor(program: Program) {
    this.#program = program;
    this.#process = new Deno.Command(program.command, {
      args: [...program.args],
      env: { NO_COLOR: "1", ...program.environment },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.worker = this.#process.pid;
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#reading = this.#readErrors();
  }

  /** Asks for the count. */
  async received(): Promise<number | null> {
    await this.#input.write(new TextEncoder().encode("count\n"));
    return (await this.line()).received;
  }

  /** The next line of JSON; what else a server may print is passed over. */
  // deno-lint-ignore no-explicit-any
  async line(): Promise<any> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        if (line.startsWith("{")) return JSON.parse(line);
        continue;
      }
      const { value, done } = await within(this.#output.read(), LINE_LIMIT, () => this.#failed());
      if (done) {
        await this.#reading;
        throw this.#failed();
      }
      this.#text += value;
    }
  }

  #failed(): Error {
    return new Error(
      `Cannot hear from ${this.#program.name}: it ended or is silent, ${this.#errors.trim()}`,
    );
  }

  /** Ends the process; a second call waits for the same end. */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<void> {
    await this.#input.close().catch(ignore);
    const late = (): Error => new Error("late");
    await within(this.#process.status, STOP_LIMIT, late).catch(() => {
      kill(this.worker);
      kill(this.#process.pid);
    });
    await this.#process.status;
    await this.#output.cancel().catch(ignore);
    // A process that it started itself may still hold the other end.
    await within(this.#reading, STOP_LIMIT, late).catch(ignore);
  }

  async #readErrors(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#errors = (this.#errors + text).slice(-ERRORS_KEPT);
    }
  }
}

function ignore(): void {}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended in between.
  }
}

/** Waits for a promise, no longer than so many milliseconds. */
async function within<T>(promise: Promise<T>, limit: number, error: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
