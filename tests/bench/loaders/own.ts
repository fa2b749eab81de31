import type { Load, Loader, LoadResult } from "../load.ts";
import { RUN_LIMIT } from "../load.ts";

/** Our own loader, for machines without Postfix: the same dialogue from a Deno process. */
export const ownLoader: Loader = {
  name: "own",
  present(): Promise<boolean> {
    return Promise.resolve(true);
  },
  async run(port: number, load: Load, messages: number): Promise<LoadResult> {
    const program = new URL("../programs/loader.ts", import.meta.url).href;
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        program,
        JSON.stringify({ port, messages, ...pick(load) }),
      ],
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
    const { sent, milliseconds } = JSON.parse(new TextDecoder().decode(stdout));
    return { sent, rate: sent * 1000 / milliseconds };
  },
};

/** The part of a load that the loader is told. */
function pick(load: Load): Omit<Load, "name" | "title" | "messages"> {
  const { connections, octets, recipients, kept } = load;
  return { connections, octets, recipients, kept };
}
