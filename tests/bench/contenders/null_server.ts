import type { Contender, Running } from "../contender.ts";
import { startProgram } from "../child.ts";

const PROGRAM = new URL("../programs/null_server.ts", import.meta.url);

/** The yardstick for Deno: nothing but the reads and writes. */
export const nullServer: Contender = {
  name: "null",
  title: "null server, Deno",
  missing(): Promise<string | null> {
    return Promise.resolve(null);
  },
  start(): Promise<Running> {
    return startProgram({
      name: "null",
      command: Deno.execPath(),
      args: ["run", "--no-prompt", "--allow-net=127.0.0.1", PROGRAM.href],
    });
  },
};
