/**
 * Programs of others, for the tests that speak to them: found, run with input and a bounded time, and ended.
 *
 * @module
 */

/** A program that a test needs. */
export interface Program {
  /** Its name, for messages. */
  readonly name: string;
  /** Where it is; the name where it was not found. */
  readonly path: string;
  /** Why it cannot be used; null where it can. */
  readonly missing: string | null;
}

/** What a program that ended has left. */
export interface Ran {
  /** Its exit code. */
  readonly code: number;
  /** What it wrote to its standard output. */
  readonly stdout: string;
  /** Both of its outputs, for messages. */
  readonly output: string;
}

/** How a program is run. */
export interface RunOptions {
  /** What it reads from its standard input; nothing unless given. */
  input?: string | Uint8Array;
  /** Variables that are added to its environment. */
  env?: Record<string, string>;
  /** The folder that it runs in. */
  cwd?: string | URL;
  /** How long it may take, in milliseconds. @default {20000} */
  timeout?: number;
}

/** How long a program may take, in milliseconds, unless a test says otherwise. */
export const PATIENCE = 20_000;

/**
 * Looks for a program on the PATH and in the folders for administrators, which the PATH of other users leaves out.
 *
 * @param name The name of its file.
 * @param others Where else it may be.
 * @returns The program, found or not.
 */
export function findProgram(name: string, others: readonly string[] = []): Program {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  for (const folder of [...folders, ...others]) {
    if (folder !== "" && isFile(`${folder}/${name}`)) {
      return { name, path: `${folder}/${name}`, missing: null };
    }
  }
  return { name, path: name, missing: `${name} is not installed` };
}

/**
 * Looks for a Python that has a module. The system's own comes first: its packages are the distribution's.
 *
 * @param module The module, such as `"smtplib"`.
 * @returns The program, found or not.
 */
export function findPython(module: string): Program {
  const candidates = ["/usr/bin/python3", findProgram("python3").path].filter(isFile);
  for (const path of candidates) {
    const { success } = new Deno.Command(path, {
      args: ["-c", `import ${module}`],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    if (success) return { name: "python3", path, missing: null };
  }
  const missing = candidates.length === 0
    ? "python3 is not installed"
    : `python3 has no module ${module}`;
  return { name: "python3", path: "python3", missing };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * Registers a test that needs programs; without one of them it is ignored, and its name says why.
 *
 * @param name The test's name.
 * @param programs What it needs.
 * @param fn The test.
 */
export function programTest(
  name: string,
  programs: readonly Program[],
  fn: () => Promise<void>,
): void {
  const missing = programs.find((program) => program.missing !== null)?.missing ?? null;
  Deno.test({
    name: missing === null ? name : `${name} (skipped: ${missing})`,
    ignore: missing !== null,
    fn,
  });
}

/**
 * Runs a program to its end.
 *
 * @param program The program.
 * @param args Its arguments.
 * @param options How it is run.
 * @returns What it has left.
 * @throws {Error} If it takes too long; it is killed then.
 */
export async function run(
  program: Program,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const timeout = options.timeout ?? PATIENCE;
  const child = new Deno.Command(program.path, {
    args: [...args],
    env: options.env,
    cwd: options.cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill(child);
  }, timeout);
  const [, { code, stdout, stderr }] = await Promise.all([
    feed(child, options.input ?? ""),
    child.output(),
  ]).finally(() => clearTimeout(timer));
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  if (late) throw new Error(`${program.name} did not end within ${timeout} ms:\n${output}`);
  return { code, stdout: decoder.decode(stdout), output };
}

async function feed(child: Deno.ChildProcess, input: string | Uint8Array): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input);
    await writer.close();
  } catch {
    // It ended without having read all of its input; what it wrote tells more.
  }
}

/**
 * Kills a process, unless it has ended.
 *
 * @param child The process.
 */
export function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

/** A folder that is gone when the test has ended. */
export interface Folder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
  /** Writes a file, and says where it is. */
  write(name: string, data: string | Uint8Array): Promise<string>;
}

/**
 * Makes a folder that programs may read and write, whoever they run as.
 *
 * @returns The folder.
 */
export async function temporaryFolder(): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: "smtp-interop-" });
  await Deno.chmod(path, 0o777);
  return {
    path,
    async write(name, data): Promise<string> {
      const file = `${path}/${name}`;
      await (typeof data === "string"
        ? Deno.writeTextFile(file, data)
        : Deno.writeFile(file, data));
      return file;
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
