import type { Contender, Running } from "../contender.ts";
import { startProgram } from "../child.ts";

const PROGRAM = new URL("../programs/ours_functions.ts", import.meta.url);
/** What the server reads: its own source, and the handlers. */
const ROOT = new URL("../../../", import.meta.url);

/** Our server with handlers that are functions. */
export const oursFunctions: Contender = {
  name: "functions",
  title: "ours, handlers are functions",
  missing(): Promise<string | null> {
    return Promise.resolve(null);
  },
  start(): Promise<Running> {
    return startProgram({
      name: "functions",
      command: Deno.execPath(),
      args: [
        "run",
        "--no-prompt",
        "--unstable-worker-options",
        "--allow-net=127.0.0.1",
        "--allow-sys=hostname",
        `--allow-read=${ROOT.pathname}`,
        PROGRAM.href,
      ],
    });
  },
};
