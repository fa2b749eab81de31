import type { Load, Loader, LoadResult } from "../load.ts";
import { RUN_LIMIT } from "../load.ts";
import { findProgram } from "../child.ts";
import { rateBetween } from "../statistics.ts";

const SHORT_RUNS = 3;

/** Postfix's smtp-source: one process in C that waits for each reply (no pipelining). */
export const smtpSource: Loader = {
  name: "smtp-source",
  async present(): Promise<boolean> {
    return await findProgram("smtp-source") !== null;
  },
  async run(port: number, load: Load, messages: number): Promise<LoadResult> {
    // It does not say when its connections stood. Short runs with one message for each connection
    // cost what starting and connecting cost; the long run's surplus is the messages alone.
    // The shortest of a few: one that was disturbed would flatter the server.
    let short = Infinity;
    for (let run = 0; run < SHORT_RUNS; run++) {
      short = Math.min(short, await send(port, load, load.connections));
    }
    const long = await send(port, load, load.connections + messages);
    return {
      sent: messages + (SHORT_RUNS + 1) * load.connections,
      rate: rateBetween(messages, short, long),
    };
  },
};

/** Sends messages; resolves to the milliseconds that it took. Rejects unless all were accepted. */
async function send(port: number, load: Load, messages: number): Promise<number> {
  const path = await findProgram("smtp-source");
  if (path === null) throw new Error("Cannot send: smtp-source is not installed");
  const args = ["-s", load.connections, "-m", messages, "-l", load.octets, "-r", load.recipients];
  if (load.kept) args.push("-d");
  args.push("-M", "client.example.com", "-f", "sender@example.com", "-t", "recipient@example.com");
  args.push(`127.0.0.1:${port}`);
  const command = new Deno.Command(path, {
    args: args.map(String),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(RUN_LIMIT),
  });
  const begin = performance.now();
  const { code, stderr } = await command.output();
  const milliseconds = performance.now() - begin;
  // It ends with an error at the first reply that is not positive.
  if (code !== 0) {
    const text = new TextDecoder().decode(stderr).trim();
    throw new Error(`Cannot send ${messages} messages: smtp-source ended with ${code}, ${text}`);
  }
  return milliseconds;
}
