/**
 * Measures how the time of our server grows with what it is given: per message, per recipient, per
 * octet, per connection.
 *
 * @module
 */
import { needsOf, type Running } from "./contender.ts";
import { oursFunctions } from "./contenders/ours_functions.ts";
import { type Growth, GROWTHS, type Point } from "./growths.ts";
import { ownLoader } from "./loaders/own.ts";
import type { Options } from "./options.ts";
import type { Series } from "./report.ts";
import { checkCount, turn } from "./run.ts";
import { halfSpread, summarize, type Summary } from "./statistics.ts";
import { readUsage } from "./usage.ts";

/** What a point took, per message in microseconds. */
export interface Taken {
  /** By the clock. */
  readonly time: Summary;
  /** Processor time of the server. */
  readonly cpu: Summary;
}

/** How far from their middle figures may be to count as flat. */
const FLAT = 0.2;
/** Messages that warm up the server; and, over each point's connections, the loader. */
const [WARM_SERVER, WARM_LOADER] = [10_000, 500];
/** Octets that warm up either, at the most. */
const WARM_OCTETS = 100_000_000;
/** From this many messages on, a point is measured three times at the most; and from this many once. */
const [LONG, LONGEST] = [100_000, 1_000_000];

/**
 * Measures one growth.
 *
 * @param name Name of the growth.
 * @param options What the command line asks for.
 * @param progress Is told what happens, for a human who waits.
 * @returns The table.
 */
export async function runGrowth(
  name: string,
  options: Options,
  progress: (line: string) => void,
): Promise<Series> {
  const growth = GROWTHS.find((each) => each.name === name);
  if (growth === undefined) throw new TypeError(`Cannot run: no growth is named ${name}`);
  const points = growth.points.filter((point) => isWanted(point, options));
  const largest = points[points.length - 1].load;
  const running = await oursFunctions.start(needsOf(largest, null));
  try {
    const warm = points[0].load;
    await ownLoader.run({ port: running.port, certificate: null }, warm, WARM_SERVER);
    const samples = points.map((): Sample[] => []);
    for (let round = 0; round < (options.quick ? 1 : options.rounds); round++) {
      for (const at of turn([...points.keys()], round)) {
        if (!isDue(points[at], round)) continue;
        const sample = await measure(running, points[at], options.seconds);
        samples[at].push(sample);
        progress(`round ${round + 1} ${points[at].label}: ${sample.time.toFixed(1)} µs`);
      }
    }
    return makeSeries(growth, points, samples.map(sumUp));
  } finally {
    await running.stop();
  }
}

interface Sample {
  readonly time: number;
  readonly cpu: number;
}

/** A quick run leaves out what takes long. */
function isWanted({ messages, load }: Point, { quick, million }: Options): boolean {
  if (messages !== null && messages >= LONGEST) return million;
  return !quick || ((messages ?? 0) < LONG && load.octets <= WARM_OCTETS / 10);
}

function isDue({ messages }: Point, round: number): boolean {
  if (messages === null || messages < LONG) return true;
  return round < (messages < LONGEST ? 3 : 1);
}

async function measure(running: Running, point: Point, seconds: number): Promise<Sample> {
  const { load } = point;
  const target = { port: running.port, certificate: null };
  const messagesOf = (octets: number): number =>
    Math.floor(Math.min(WARM_LOADER, octets / load.octets, octets / (load.recipients * 1000)));
  const warmUp = Math.max(1, messagesOf(WARM_OCTETS));
  let { messages } = point;
  if (messages === null) {
    const { rate } = await ownLoader.run(target, load, Math.max(load.connections, 4), warmUp);
    messages = Math.max(load.connections, 4, Math.round(rate * seconds));
  }
  const receivedBefore = await running.received() ?? 0;
  const before = await readUsage(running.pid);
  const { sent, rate } = await ownLoader.run(target, load, messages, warmUp);
  const after = await readUsage(running.pid);
  checkCount("functions", sent, (await running.received() ?? 0) - receivedBefore);
  const cpu = before && after ? (after.cpu - before.cpu) * 1000 / sent : 0;
  return { time: 1e6 / rate, cpu };
}

function sumUp(samples: readonly Sample[]): Taken {
  return {
    time: summarize(samples.map(({ time }) => time)),
    cpu: summarize(samples.map(({ cpu }) => cpu)),
  };
}

/**
 * Makes the table of a growth, and judges it.
 *
 * @param growth Which.
 * @param points Its points.
 * @param taken What each took.
 * @returns The table.
 */
export function makeSeries(
  growth: Growth,
  points: readonly Point[],
  taken: readonly Taken[],
): Series {
  const head = [growth.what, "µs/msg", "±", "CPU µs/msg", growth.unit];
  const judged: { at: number; value: number }[] = [];
  const lines = points.map((point, at) => {
    const { time, cpu } = taken[at];
    const value = growth.value(taken[at], point, taken[0], points[0]);
    if (value !== null && point.judged) judged.push({ at: point.at, value });
    return [
      point.label,
      time.median.toFixed(1),
      `${(halfSpread(time) * 100).toFixed(0)} %`,
      cpu.median.toFixed(1),
      value === null ? "-" : value.toFixed(2),
    ];
  });
  const apart = deviation(judged.map(({ value }) => value));
  const flat = apart <= FLAT;
  const notes = [
    `${growth.unit}, ${growth.judging}: ±${(apart * 100).toFixed(0)} %, ${
      flat ? "flat" : "not flat"
    } (to reach: ±20 %)`,
  ];
  return {
    load: growth.name,
    title: growth.title,
    cells: [head, ...lines],
    notes,
    points: judged,
    flat,
  };
}

/**
 * Tells how far values are from their middle.
 *
 * @param values Any numbers.
 * @returns Half of the difference between the ends as a share of what lies between them; 0 for none.
 */
export function deviation(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const { min, max } = summarize(values);
  return max + min === 0 ? 0 : (max - min) / Math.abs(max + min);
}
