import { clientArguments } from "../contenders/deno_program.ts";
import type { Load, Loader, LoadResult, Target } from "../load.ts";
import { RUN_LIMIT } from "../load.ts";

const PROGRAM = new URL("../programs/loader.ts", import.meta.url);

/** Our own loader: the same dialogue from a Deno process. */
export const ownLoader: Loader = {
  name: "own",
  present(): Promise<boolean> {
    return Promise.resolve(true);
  },
  can(): boolean {
    return true;
  },
  async run(target: Target, load: Load, messages: number, warmUp = 0): Promise<LoadResult> {
    const { port, certificate, pid } = target;
    const command = new Deno.Command(Deno.execPath(), {
      args: clientArguments(PROGRAM, { port, certificate, pid, load, messages, warmUp }),
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(RUN_LIMIT),
    });
    const { code, stdout, stderr } = await command.output();
    if (code !== 0) {
      const text = new TextDecoder().decode(stderr).trim();
      throw new Error(`Cannot send ${messages} messages: the loader ended with ${code}, ${text}`);
    }
    const result = JSON.parse(new TextDecoder().decode(stdout));
    const { sent, milliseconds, latency, busy, serverCpu } = result;
    return { sent: sent + warmUp, rate: sent * 1000 / milliseconds, latency, busy, serverCpu };
  },
};
