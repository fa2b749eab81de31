/**
 * Runs contenders in turn, round after round.
 *
 * @module
 */
import type { Contender, Running } from "./contender.ts";
import type { Load, Loader } from "./load.ts";
import { readUsage } from "./usage.ts";

/** One measurement. */
export interface Sample {
  /** Messages per second. */
  readonly rate: number;
  /** Processor time of the server for a message in microseconds, or null where it is not known. */
  readonly cpu: number | null;
}

/** What a contender did in all rounds. */
export interface Outcome {
  /** Which contender. */
  readonly contender: Contender;
  /** One sample for each round, in order. */
  readonly samples: readonly Sample[];
  /** The most memory that it ever had resident, in octets, or null where it is not known. */
  readonly peakMemory: number | null;
  /** How many messages it says it has received in all, or null where it does not count. */
  readonly received: number | null;
}

/** What to run. */
export interface Plan {
  /** Who takes part; all of them are there. */
  readonly contenders: readonly Contender[];
  /** What is sent. */
  readonly load: Load;
  /** Who sends it. */
  readonly loader: Loader;
  /** How many times each contender is measured. */
  readonly rounds: number;
  /** How many messages are measured in a round. */
  readonly messages: number;
  /** Is told what happens, for a human who waits. */
  readonly progress: (line: string) => void;
}

/** Share of a round's messages that warm a server up. */
const WARM_UP = 0.5;

interface Entry {
  readonly contender: Contender;
  readonly running: Running;
  readonly samples: Sample[];
}

/**
 * Starts all contenders, warms them up, measures them in turn, and ends them in any case.
 *
 * @param plan What to run.
 * @returns What each contender did.
 * @throws {Error} If a contender does not start, fails, or received another number of messages than
 * were sent.
 */
export async function runPlan(plan: Plan): Promise<Outcome[]> {
  const entries: Entry[] = [];
  try {
    for (const contender of plan.contenders) {
      entries.push({ contender, running: await contender.start(), samples: [] });
    }
    for (const entry of entries) {
      const { rate } = await measure(entry, plan, Math.ceil(plan.messages * WARM_UP));
      plan.progress(`warm-up ${entry.contender.name}: ${Math.round(rate)}/s`);
    }
    for (let round = 0; round < plan.rounds; round++) {
      // Nobody runs always first, or always after the same neighbour's heat.
      for (const entry of turn(entries, round)) {
        const sample = await measure(entry, plan, plan.messages);
        entry.samples.push(sample);
        plan.progress(`round ${round + 1} ${entry.contender.name}: ${Math.round(sample.rate)}/s`);
      }
    }
    return await Promise.all(entries.map(conclude));
  } finally {
    await Promise.all(entries.map((entry) => entry.running.stop()));
  }
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

async function measure(entry: Entry, plan: Plan, messages: number): Promise<Sample> {
  const { running, contender } = entry;
  const receivedBefore = await running.received();
  const before = await readUsage(running.pid);
  const { sent, rate } = await plan.loader.run(running.port, plan.load, messages);
  const after = await readUsage(running.pid);
  const receivedAfter = await running.received();
  if (receivedBefore !== null && receivedAfter !== null) {
    checkCount(contender.name, sent, receivedAfter - receivedBefore);
  }
  const cpu = before && after ? (after.cpu - before.cpu) * 1000 / sent : null;
  return { rate, cpu };
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
