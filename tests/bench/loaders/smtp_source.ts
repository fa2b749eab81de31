import type { Load, Loader, LoadResult, Target } from "../load.ts";
import { RUN_LIMIT } from "../load.ts";
import { findProgram } from "../child.ts";
import { rateBetween } from "../statistics.ts";

/** How many short runs are made beside the long one. */
const SHORT_RUNS = 3;
/** From this many octets on, the messages of a short run cost more than starting and connecting. */
const LARGE = 1_000_000;

/** Postfix's smtp-source: one process in C that waits for each reply (no pipelining). */
export const smtpSource: Loader = {
  name: "smtp-source",
  async present(): Promise<boolean> {
    return await findProgram("smtp-source") !== null;
  },
  can(load: Load): boolean {
    return load.measure === "rate" && !load.pipelined && !load.tls;
  },
  async run({ port }: Target, load: Load, messages: number): Promise<LoadResult> {
    // It does not say when its connections stood. Short runs with one message for each connection
    // cost what starting and connecting cost; the long run's surplus is the messages alone.
    // The shortest of a few: one that was disturbed would flatter the server.
    if (load.octets >= LARGE) {
      const { milliseconds, busy } = await send(port, load, messages);
      return {
        sent: messages,
        rate: messages * 1000 / milliseconds,
        latency: null,
        busy,
        serverCpu: null,
      };
    }
    let short = Infinity;
    for (let run = 0; run < SHORT_RUNS; run++) {
      short = Math.min(short, (await send(port, load, load.connections)).milliseconds);
    }
    const { milliseconds, busy } = await send(port, load, load.connections + messages);
    return {
      sent: messages + (SHORT_RUNS + 1) * load.connections,
      rate: rateBetween(messages, short, milliseconds),
      latency: null,
      busy,
      serverCpu: null,
    };
  },
};

/** Runs a program, has the shell tell the processor time that it took, and ends it with the shell. */
const SCRIPT = `"$@" & child=$!; trap 'kill "$child"' TERM; wait "$child" && times`;

/** Sends messages. Rejects unless all were accepted. */
async function send(
  port: number,
  load: Load,
  messages: number,
): Promise<{ milliseconds: number; busy: number | null }> {
  const path = await findProgram("smtp-source");
  if (path === null) throw new Error("Cannot send: smtp-source is not installed");
  const args = ["-s", load.connections, "-m", messages, "-l", load.octets, "-r", load.recipients];
  if (load.kept) args.push("-d");
  args.push("-M", "client.example.com", "-f", "sender@example.com", "-t", "recipient@example.com");
  args.push(`127.0.0.1:${port}`);
  const command = new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT, "sh", path, ...args.map(String)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(RUN_LIMIT),
  });
  const begin = performance.now();
  const { code, stdout, stderr } = await command.output();
  const milliseconds = performance.now() - begin;
  // It ends with an error at the first reply that is not positive.
  if (code !== 0) {
    const text = new TextDecoder().decode(stderr).trim();
    throw new Error(`Cannot send ${messages} messages: smtp-source ended with ${code}, ${text}`);
  }
  const used = parseTimes(new TextDecoder().decode(stdout));
  return { milliseconds, busy: used === null ? null : used / milliseconds };
}

/**
 * Reads what the shell's `times` says of its children.
 *
 * @param text Its two lines: `0m0.01s 0m0.00s`, of the shell and of its children.
 * @returns Their user and system time in milliseconds, or null where it says something else.
 */
export function parseTimes(text: string): number | null {
  const children = text.trim().split("\n").at(-1) ?? "";
  let total = 0;
  for (const each of children.split(" ")) {
    const [minutes, seconds] = each.replace("s", "").split("m").map(Number);
    total += (minutes * 60 + seconds) * 1000;
  }
  return Number.isFinite(total) ? Math.round(total) : null;
}
