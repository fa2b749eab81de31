import type { Contender, Needs, Running } from "../contender.ts";
import type { Load } from "../load.ts";
import { findProgram, startProgram } from "../child.ts";
import { freePort, waitFor } from "../ports.ts";

/**
 * smtp-sink knows neither port 0 nor the benchmark's questions. The shell speaks for it, raises its
 * number of open files as far as it may, and ends it when the benchmark goes away. Without -c it does
 * not count (counting costs it five percent).
 */
const SCRIPT = `
ulimit -n "$(ulimit -Hn)"
port=$1
shift
"$@" >/dev/null &
sink=$!
printf '{"port":%d,"pid":%d}\\n' "$port" "$sink"
while read -r _; do printf '{"received":null}\\n'; done
kill "$sink"
wait "$sink"
`;
/** Its queue of connections that are not accepted yet. */
const BACKLOG = "1024";

/** The yardstick in C: Postfix's smtp-sink, which checks nothing. */
export const smtpSink: Contender = {
  name: "smtp-sink",
  title: "smtp-sink, Postfix, C",
  async missing(): Promise<string | null> {
    if (await findProgram("smtp-sink") === null) return "smtp-sink (Postfix) is not installed";
    return null;
  },
  cannot(load: Load): string | null {
    // Its list of timers is walked for each connection: 8,000 take it 2 GB and many seconds.
    if (load.measure === "memory") return "it is not made for many connections";
    return load.tls ? "it has no TLS" : null;
  },
  async start(needs: Needs): Promise<Running> {
    const sink = await findProgram("smtp-sink") ?? "smtp-sink";
    const port = freePort();
    // It refuses to run as root. Without -m it serves no more than 256 connections at once.
    const user = Deno.uid() === 0 ? ["-u", "nobody"] : [];
    const options = [...user, "-m", `${needs.connections}`, `127.0.0.1:${port}`, BACKLOG];
    const running = await startProgram({
      name: "smtp-sink",
      command: "/bin/sh",
      args: ["-c", SCRIPT, "sh", `${port}`, sink, ...options],
    });
    try {
      await waitFor(port);
      return running;
    } catch (error) {
      await running.stop();
      throw error;
    }
  },
};
