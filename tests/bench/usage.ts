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
