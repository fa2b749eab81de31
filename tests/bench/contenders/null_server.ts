import type { Contender, Needs, Running } from "../contender.ts";
import type { Load } from "../load.ts";
import { startDeno } from "./deno_program.ts";

/** The yardstick for Deno: nothing but the reads and writes. */
export const nullServer: Contender = {
  name: "null",
  title: "null server, Deno",
  missing(): Promise<string | null> {
    return Promise.resolve(null);
  },
  cannot(load: Load): string | null {
    if (load.measure === "memory") return "it has a large buffer for each connection";
    return load.tls ? "it has no TLS" : null;
  },
  start(needs: Needs): Promise<Running> {
    return startDeno("null", "null_server.ts", needs);
  },
};
