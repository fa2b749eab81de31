/**
 * What a process has used, as Linux tells it.
 *
 * @module
 */

/** What a process has used since it started. */
export interface Usage {
  /** Processor time of all its threads in milliseconds, in steps of ten. */
  readonly cpu: number;
  /** The most memory that it ever had resident, in octets. */
  readonly peakMemory: number;
  /** What it has resident now, in octets. */
  readonly memory: number;
}

/** Milliseconds in a tick of /proc: 100 a second on every machine that Deno runs on. */
const TICK = 10;

/**
 * Reads what a process has used.
 *
 * @param pid Id of the process.
 * @returns The usage, or null where there is no /proc or no such process.
 */
export async function readUsage(pid: number): Promise<Usage | null> {
  try {
    return parseUsage(
      await Deno.readTextFile(`/proc/${pid}/stat`),
      await Deno.readTextFile(`/proc/${pid}/status`),
    );
  } catch {
    return null;
  }
}

/** Processor time of each thread of a process in nanoseconds, by the thread's id. */
export type Threads = ReadonlyMap<string, number>;

/**
 * Reads the processor time of a process by thread. It is exact, where {@linkcode readUsage} counts in
 * steps of ten milliseconds: a hundred messages take less.
 *
 * @param pid Id of the process.
 * @returns The times, or null where the system does not keep them.
 */
export async function readThreads(pid: number): Promise<Threads | null> {
  const threads = new Map<string, number>();
  try {
    for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
      const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`).catch(() => "0");
      threads.set(name, parseInt(text));
    }
  } catch {
    return null;
  }
  return Math.max(0, ...threads.values()) === 0 ? null : threads;
}

/**
 * The processor time between two looks at a process.
 *
 * @param before The first.
 * @param after The second; a thread that has ended in between is not in it, and not counted.
 * @returns The time of all threads in microseconds.
 */
export function cpuBetween(before: Threads, after: Threads): number {
  let total = 0;
  for (const [thread, time] of after) total += time - (before.get(thread) ?? 0);
  return total / 1000;
}

/**
 * Takes the usage from the two files of /proc.
 *
 * @param stat Text of the file `stat`.
 * @param status Text of the file `status`.
 * @returns The usage.
 */
export function parseUsage(stat: string, status: string): Usage {
  // The second field is the name in parentheses, which may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    cpu: (parseInt(fields[11]) + parseInt(fields[12])) * TICK,
    peakMemory: parseMemory(status, "VmHWM:"),
    memory: parseMemory(status, "VmRSS:"),
  };
}

function parseMemory(status: string, label: string): number {
  const line = status.split("\n").find((each) => each.startsWith(label)) ?? "";
  return parseInt(line.slice(label.length)) * 1024;
}
