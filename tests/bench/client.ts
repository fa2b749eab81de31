/**
 * What the benchmark asks of a client that takes part, and how one in a program of its own is run.
 *
 * @module
 */
import { type Load, RUN_LIMIT } from "./load.ts";

/** What a client did. */
export interface ClientResult {
  /** How many messages were accepted. */
  readonly sent: number;
  /** Messages per second, without the time that starting and connecting took. */
  readonly rate: number;
  /** Processor time of the client for a message in microseconds, or null where it is not known. */
  readonly cpu: number | null;
  /** The most memory that it ever had resident, in octets, or null where it is not known. */
  readonly peakMemory: number | null;
}

/** A client that takes part in the benchmark. */
export interface ClientContender {
  /** The name for `--only` and in the results. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** @returns Why it cannot take part, or null where it can. */
  missing(): Promise<string | null>;
  /**
   * Sends messages over kept connections, in a process of its own.
   *
   * @param port Where the server listens on 127.0.0.1.
   * @param load The shape of the traffic.
   * @param messages How many messages to measure.
   * @returns What was sent, and how fast.
   * @throws {Error} If any message was not accepted, or it takes longer than five minutes.
   */
  run(port: number, load: Load, messages: number): Promise<ClientResult>;
}

/** What a program of a client is told, as JSON. */
export interface ClientSettings {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** How many connections. */
  readonly connections: number;
  /** Size of a body in octets, without its header section. */
  readonly octets: number;
  /** How many messages to send before the clock starts: compilers warm up. */
  readonly warmUp: number;
  /** How many messages to measure. */
  readonly messages: number;
}

/** Messages for each connection before the clock starts, and how many at the most. */
const [WARM_UP, WARM_UP_MOST] = [30, 1000];

/**
 * Runs a client's program, whose last argument is {@linkcode ClientSettings} as JSON.
 *
 * @param command The executable.
 * @param args Its other arguments.
 * @param settings Where to, what, and how many.
 * @returns What it printed: one line of JSON.
 */
export async function runClient(
  command: string,
  args: readonly string[],
  { port, load, messages }: { port: number; load: Load; messages: number },
): Promise<ClientResult> {
  const { connections, octets } = load;
  const warmUp = Math.min(WARM_UP_MOST, WARM_UP * connections);
  const settings: ClientSettings = { port, connections, octets, warmUp, messages };
  const { sent, milliseconds, cpu, peakMemory } = await runJson(command, [
    ...args,
    JSON.stringify(settings),
  ]);
  if (sent !== messages) {
    throw new Error(`Cannot trust the client: it sent ${sent} messages of ${messages}`);
  }
  return { sent, rate: sent * 1000 / milliseconds, cpu: cpu / sent, peakMemory };
}

/**
 * Runs a program that prints one line of JSON.
 *
 * @param command The executable.
 * @param args Its arguments.
 * @returns What it printed.
 * @throws {Error} If it fails, or takes longer than five minutes.
 */
export async function runJson(
  command: string,
  args: readonly string[],
): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(RUN_LIMIT),
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (code === 0) return JSON.parse(text);
  const errors = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot send: the client ended with ${code}, ${errors}`);
}
