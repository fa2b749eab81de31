/**
 * What a reader must know of the machine that was measured on.
 *
 * @module
 */
import { findProgram } from "./child.ts";

/** From this many busy processes on, the machine has other work than the benchmark. */
const BUSY = 0.7;

/**
 * Describes the machine: processor, cores, memory, system and versions. No names of hosts or folders.
 *
 * @returns One line.
 */
export async function describeMachine(): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = info.split("\n").find((line) => line.startsWith("model name"))?.split(": ")[1];
  const node = await findProgram("node");
  const version = node && new TextDecoder().decode(
    (await new Deno.Command(node, { args: ["--version"] }).output()).stdout,
  ).trim();
  return [
    `${navigator.hardwareConcurrency} × ${model ?? Deno.build.arch}`,
    `${(Deno.systemMemoryInfo().total / 2 ** 30).toFixed(0)} GiB`,
    Deno.build.os,
    `Deno ${Deno.version.deno}`,
    ...(version ? [`Node ${version.replace("v", "")}`] : []),
  ].join(", ");
}

/**
 * Tells whether the machine has other work.
 *
 * @returns A sentence where it has, else null.
 */
export function describeBusy(): string | null {
  if (Deno.build.os === "windows") return null;
  const [average] = Deno.loadavg();
  if (average <= BUSY) return null;
  return `The machine had other work (load average ${average.toFixed(1)}): trust the ratios only`;
}
