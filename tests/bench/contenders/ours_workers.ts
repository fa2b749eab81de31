import type { Contender, Running } from "../contender.ts";
import { startProgram } from "../child.ts";

const PROGRAM = new URL("../programs/ours_workers.ts", import.meta.url);
/** What the server reads: its own source, and the handlers. */
const ROOT = new URL("../../../", import.meta.url);

/** Our server with handlers on MAIL, RCPT and the message in a worker. */
export const oursWorkers: Contender = {
  name: "workers",
  title: "ours, handlers in a worker",
  missing(): Promise<string | null> {
    return Promise.resolve(null);
  },
  start(): Promise<Running> {
    return startProgram({
      name: "workers",
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
