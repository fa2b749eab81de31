import type { Contender, Running } from "../contender.ts";
import { findProgram, startProgram } from "../child.ts";

/**
 * smtp-sink knows neither port 0 nor the benchmark's questions. The shell speaks for it, and ends it
 * when the benchmark goes away. Without -c it does not count (counting costs it five percent).
 */
const SCRIPT = `
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
/** How often it is tried to connect, and how long is waited in between, in milliseconds. */
const [TRIES, PAUSE] = [100, 20];

/** The yardstick in C: Postfix's smtp-sink, which checks nothing. */
export const smtpSink: Contender = {
  name: "smtp-sink",
  title: "smtp-sink, Postfix, C",
  async missing(): Promise<string | null> {
    if (await findProgram("smtp-sink") === null) return "smtp-sink (Postfix) is not installed";
    return null;
  },
  async start(): Promise<Running> {
    const sink = await findProgram("smtp-sink") ?? "smtp-sink";
    const port = freePort();
    // It refuses to run as root.
    const user = Deno.uid() === 0 ? ["-u", "nobody"] : [];
    const running = await startProgram({
      name: "smtp-sink",
      command: "/bin/sh",
      args: ["-c", SCRIPT, "sh", `${port}`, sink, ...user, `127.0.0.1:${port}`, BACKLOG],
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

/** A port that nobody listens on at the moment. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Waits until somebody listens. */
async function waitFor(port: number): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}
