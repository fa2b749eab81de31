import type { Contender, Needs, Running } from "../contender.ts";
import { startDeno } from "./deno_program.ts";

/** Our server with handlers that are functions. */
export const oursFunctions: Contender = {
  name: "functions",
  title: "ours, handlers are functions",
  missing(): Promise<string | null> {
    return Promise.resolve(null);
  },
  cannot(): string | null {
    return null;
  },
  start(needs: Needs): Promise<Running> {
    return startDeno("functions", "ours_functions.ts", needs);
  },
};
