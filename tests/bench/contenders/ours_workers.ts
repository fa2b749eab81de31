import type { Contender, Needs, Running } from "../contender.ts";
import type { Load } from "../load.ts";
import { startDeno } from "./deno_program.ts";

/** Our server with handlers on MAIL, RCPT and the message in a worker. */
export const oursWorkers: Contender = {
  name: "workers",
  title: "ours, handlers in a worker",
  missing(): Promise<string | null> {
    return Promise.resolve(null);
  },
  cannot(load: Load): string | null {
    return load.tls ? "TLS is measured with functions" : null;
  },
  start(needs: Needs): Promise<Running> {
    return startDeno("workers", "ours_workers.ts", needs);
  },
};
