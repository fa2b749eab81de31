import { findProgram } from "../child.ts";
import { runJson } from "../client.ts";
import type { Load, Loader, LoadResult, Target } from "../load.ts";

const PROGRAM = new URL("../programs/waves.py", import.meta.url);

/**
 * The loader for latencies, in Python: it takes less of a processor than our own, and no longer than
 * one in C (the null server's latencies are the same, within the noise).
 */
export const waves: Loader = {
  name: "waves",
  async present(): Promise<boolean> {
    return await findProgram("python3") !== null;
  },
  can(load: Load): boolean {
    return load.measure === "latency" && load.kept && !load.pipelined && !load.tls;
  },
  async run({ port }: Target, load: Load, messages: number): Promise<LoadResult> {
    const python = await findProgram("python3") ?? "python3";
    const settings = JSON.stringify({ port, load, messages });
    const { sent, warmUp, milliseconds, latency, busy } = await runJson(python, [
      PROGRAM.pathname,
      settings,
    ]);
    return {
      sent: sent + warmUp,
      rate: sent * 1000 / milliseconds,
      latency,
      busy,
      serverCpu: null,
    };
  },
};
