import { type ClientContender, type ClientResult, runClient } from "../client.ts";
import type { Load } from "../load.ts";

const PROGRAM = new URL("../programs/client_ours.ts", import.meta.url);

/** Our client: one process, a `Client` for each connection. */
export const ours: ClientContender = {
  name: "ours",
  title: "ours",
  missing(): Promise<string | null> {
    return Promise.resolve(null);
  },
  run(port: number, load: Load, messages: number): Promise<ClientResult> {
    const args = ["run", "--no-prompt", "--allow-net=127.0.0.1"];
    return runClient(Deno.execPath(), [...args, PROGRAM.href], { port, load, messages });
  },
};
