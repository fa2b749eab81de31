/**
 * Runs contenders in turn, round after round.
 *
 * @module
 */
import { type Contender, type Needs, needsOf, type Running } from "./contender.ts";
import { type LeftOut, reasonOf } from "./choose.ts";
import type { Certificate, Load, Loader } from "./load.ts";
import { readUsage } from "./usage.ts";

/** One measurement. */
export interface Sample {
  /** What the load measures: messages per second, milliseconds, or octets for a connection. */
  readonly value: number;
  /** Processor time of the server for a message in microseconds, or null where it is not known. */
  readonly cpu: number | null;
  /** Processor time of the loader as a share of the time it took, or null where it is not known. */
  readonly busy: number | null;
}

/** What a contender did in all rounds. */
export interface Outcome {
  /** Which contender. */
  readonly contender: Pick<Contender, "name" | "title">;
  /** One sample for each round, in order. */
  readonly samples: readonly Sample[];
  /** The most memory that it ever had resident, in octets, or null where it is not known. */
  readonly peakMemory: number | null;
  /** How many messages it says it has received in all, or null where it does not count. */
  readonly received: number | null;
}

/** What became of a load. */
export interface Result {
  /** What those did that came to the end. */
  readonly outcomes: readonly Outcome[];
  /** Who did not, and why. */
  readonly failed: readonly LeftOut[];
}

/** What to run. */
export interface Plan {
  /** Who takes part; all of them are there. */
  readonly contenders: readonly Contender[];
  /** What is sent. */
  readonly load: Load;
  /** Who sends it. */
  readonly loader: Loader;
  /** The certificate for a load with TLS. */
  readonly certificate: Certificate | null;
  /** How many times each contender is measured. */
  readonly rounds: number;
  /** How many messages are measured in a round, or null for as many as fit into its time. */
  readonly messages: number | null;
  /** How long a round is to take about, in seconds. */
  readonly seconds: number;
  /** Is told what happens, for a human who waits. */
  readonly progress: (line: string) => void;
}

interface Entry {
  readonly contender: Contender;
  readonly running: Running;
  readonly samples: Sample[];
  /** How many messages it gets in a round. */
  messages: number;
}

/** Messages for each connection in any run, at the least; where latencies are measured, that is waves. */
const [LEAST, LEAST_WAVES] = [1, 8];
/** How many octets, and how many messages to one recipient, the first, cold run sends at the most. */
const [COLD_OCTETS, COLD_MESSAGES] = [20_000_000, 400];

/**
 * Starts all contenders, warms them up, measures them in turn, and ends them in any case. One that
 * does not start, fails, or received another number of messages than were sent, is dropped.
 *
 * @param plan What to run.
 * @returns What each contender did.
 */
export async function runPlan(plan: Plan): Promise<Result> {
  const field = new Field(plan.progress);
  const needs = needsOf(plan.load, plan.certificate);
  try {
    for (const contender of plan.contenders) await field.start(contender, needs);
    await field.each(0, (entry) => warmUp(entry, plan));
    for (let round = 0; round < plan.rounds; round++) {
      await field.each(round, async (entry) => {
        const { sample } = await measure(entry, plan, entry.messages);
        entry.samples.push(sample);
        plan.progress(`round ${round + 1} ${entry.contender.name}: ${describe(sample, plan.load)}`);
      });
    }
    const outcomes: Outcome[] = [];
    await field.each(0, async (entry) => void outcomes.push(await conclude(entry)));
    return { outcomes, failed: field.failed };
  } finally {
    await field.stop();
  }
}

/** The contenders that are still in the race. */
class Field {
  readonly #entries = new Set<Entry>();
  readonly #progress: (line: string) => void;
  /** Who is out of it, and why. */
  readonly failed: LeftOut[] = [];

  constructor(progress: (line: string) => void) {
    this.#progress = progress;
  }

  async start(contender: Contender, needs: Needs): Promise<void> {
    try {
      const running = await contender.start(needs);
      this.#entries.add({ contender, running, samples: [], messages: 0 });
    } catch (error) {
      this.#fail(contender, error);
    }
  }

  /** Does something with each of them, one after the other, in the order of a round. */
  async each(round: number, task: (entry: Entry) => Promise<void>): Promise<void> {
    // Nobody runs always first, or always after the same neighbour's heat.
    for (const entry of turn([...this.#entries], round)) {
      try {
        await task(entry);
      } catch (error) {
        this.#entries.delete(entry);
        this.#fail(entry.contender, error);
        await entry.running.stop();
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#entries].map((entry) => entry.running.stop()));
  }

  #fail({ name }: Contender, error: unknown): void {
    const reason = reasonOf(error);
    this.failed.push({ name, reason });
    this.#progress(`failed ${name}: ${reason}`);
  }
}

/** Sends until the server is warm, and works out how many messages it takes in a round. */
async function warmUp(entry: Entry, plan: Plan): Promise<void> {
  const { connections, octets, recipients } = plan.load;
  const least = connections * (plan.load.measure === "latency" ? LEAST_WAVES : LEAST);
  const cold = Math.floor(Math.min(COLD_MESSAGES / recipients, COLD_OCTETS / octets));
  let messages = plan.messages ?? Math.max(least, cold);
  // Twice: the first run is cold, and says too little.
  for (let run = 0; run < 2; run++) {
    const { rate, sample } = await measure(entry, plan, messages);
    messages = plan.messages ?? Math.max(least, Math.round(rate * plan.seconds));
    plan.progress(`warm-up ${entry.contender.name}: ${describe(sample, plan.load)}`);
  }
  entry.messages = messages;
}

/**
 * The order of a round: the list begins one place later in each.
 *
 * @param list Any list; it is left as it is.
 * @param round Number of the round, from 0.
 * @returns The same members in the order of that round.
 */
export function turn<T>(list: readonly T[], round: number): T[] {
  const first = list.length === 0 ? 0 : round % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

/** What a sample says, for a human who waits. */
function describe({ value }: Sample, { measure }: Load): string {
  return measure === "latency"
    ? `${value.toFixed(1)} ms`
    : `${value.toFixed(value < 100 ? 1 : 0)}/s`;
}

async function measure(
  { running, contender }: Entry,
  plan: Plan,
  messages: number,
): Promise<{ sample: Sample; rate: number }> {
  const receivedBefore = await running.received();
  const before = await readUsage(running.pid);
  const target = { port: running.port, certificate: plan.certificate };
  const { sent, rate, latency, busy } = await plan.loader.run(target, plan.load, messages);
  const after = await readUsage(running.pid);
  const receivedAfter = await running.received();
  if (receivedBefore !== null && receivedAfter !== null) {
    checkCount(contender.name, sent, receivedAfter - receivedBefore);
  }
  const cpu = before && after ? (after.cpu - before.cpu) * 1000 / sent : null;
  return { sample: { value: valueOf(plan.load, rate, latency), cpu, busy }, rate };
}

function valueOf(load: Load, rate: number, latency: number | null): number {
  if (load.measure !== "latency") return rate;
  if (latency === null) throw new Error("Cannot measure: the loader does not tell latencies");
  return latency;
}

/**
 * Makes sure that no message was lost or counted twice.
 *
 * @param name Name of the server.
 * @param sent How many messages it answered with a positive reply.
 * @param received How many it says it received.
 * @throws {Error} If the two differ.
 */
export function checkCount(name: string, sent: number, received: number): void {
  if (sent === received) return;
  throw new Error(
    `Cannot trust ${name}: it accepted ${sent} messages, and says it received ${received}`,
  );
}

async function conclude({ contender, running, samples }: Entry): Promise<Outcome> {
  const usage = await readUsage(running.pid);
  return {
    contender,
    samples,
    peakMemory: usage?.peakMemory ?? null,
    received: await running.received(),
  };
}
