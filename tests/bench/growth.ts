/**
 * Measures how the work of our server grows with what it is given: messages, recipients, octets,
 * connections.
 *
 * What is compared is the processor time of the server's process, all threads and the collector of
 * garbage included, from the first measured message to the reply to the last: that is the work. Time
 * by the clock stands beside it and is not judged. With one connection it is mostly the way there
 * and back, with many it is the loader's, and on a shared machine it is also that of the neighbours.
 * Connecting and saying goodbye are not part of it.
 *
 * Compared is the part that grows, not the whole divided by it, or else what a transaction costs
 * once would be divided by 1 in one line and by 1,000 in the next:
 *
 * - messages, connections: T(n) for a message, at each n;
 * - recipients: (T(n) − T(1)) / (n − 1), what each one beyond the first adds to a message;
 * - octets: (T(n) − T(1 KB)) / (n − 1 KB), from 100 KB on, as below the noise of T is larger than the
 *   difference.
 *
 * Of the rounds of a point the lower quartile is taken, since a busy machine only ever adds: two
 * programs on two halves of one core take up to twice as much of it as one.
 *
 * It is flat where no figure is above a figure of less load by more than ±20 % about their middle. A
 * figure that only falls has not grown: then a cost is shared by more. The fall is told, too.
 *
 * @module
 */
import { needsOf, type Running } from "./contender.ts";
import type { Load } from "./load.ts";
import { oursFunctions } from "./contenders/ours_functions.ts";
import { type Growth, GROWTHS, type Point } from "./growths.ts";
import { ownLoader } from "./loaders/own.ts";
import type { Options } from "./options.ts";
import type { Series } from "./report.ts";
import { checkCount, turn } from "./run.ts";
import { centile, halfSpread, summarize } from "./statistics.ts";

/** What a point took, per message in microseconds. */
export interface Taken {
  /** By the clock: the median of the rounds. */
  readonly time: number;
  /** Processor time of the server: the lower quartile of the rounds. */
  readonly cpu: number;
  /** Half of the spread of the latter, as a share. */
  readonly spread: number;
}

/** Growth is measured so many times as often as loads are, and each time for as much less time. */
const MORE = 2;
/** Rounds of a quick run. */
const QUICK_ROUNDS = 2;
/** Of the rounds of a point, the share that is faster than what is compared. */
const QUIET = 0.25;
/** Head of the column of what the server took. */
const CPU = "CPU µs/msg";
/** How far from their middle a figure and a later one may be to count as flat. */
const FLAT = 0.2;
/** Messages that warm up the server; and, over each point's connections, the loader. */
const [WARM_SERVER, WARM_LOADER] = [10_000, 500];
/** Messages for each connection before the clock starts: what it sets up once is no growth. */
const WARM_EACH = 3;
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
    const counts = points.map(({ messages }) => messages);
    const rounds = options.quick ? QUICK_ROUNDS : options.rounds * MORE;
    for (let round = 0; round < rounds; round++) {
      for (const at of turn([...points.keys()], round)) {
        if (!isDue(points[at], round)) continue;
        const { load } = points[at];
        const warmUp = warmUpFor(load);
        const count = counts[at] ??= await fit(running, load, warmUp, options.seconds / MORE);
        const sample = await measure(running, load, count, warmUp);
        samples[at].push(sample);
        progress(`round ${round + 1} ${points[at].label}: ${sample.cpu.toFixed(1)} µs`);
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

/** How many messages warm up the loader and the server, before a sample. */
function warmUpFor({ octets, recipients, connections }: Load): number {
  const wanted = Math.max(WARM_LOADER, WARM_EACH * connections);
  const most = Math.min(wanted, WARM_OCTETS / octets, WARM_OCTETS / (recipients * 1000));
  return Math.max(1, Math.floor(most));
}

/** How many messages take so many seconds. */
async function fit(
  running: Running,
  load: Load,
  warmUp: number,
  seconds: number,
): Promise<number> {
  const least = Math.max(load.connections, 4);
  const { rate } = await ownLoader.run({ ...running, certificate: null }, load, least, warmUp);
  return Math.max(least, Math.round(rate * seconds));
}

async function measure(
  running: Running,
  load: Load,
  messages: number,
  warmUp: number,
): Promise<Sample> {
  const target = { ...running, certificate: null };
  const receivedBefore = await running.received() ?? 0;
  const { sent, rate, serverCpu } = await ownLoader.run(target, load, messages, warmUp);
  checkCount("functions", sent, (await running.received() ?? 0) - receivedBefore);
  if (serverCpu === null) throw new Error("Cannot measure: no processor time of threads in /proc");
  return { time: 1e6 / rate, cpu: serverCpu / (sent - warmUp) };
}

function sumUp(samples: readonly Sample[]): Taken {
  const cpu = samples.map((sample) => sample.cpu);
  return {
    time: summarize(samples.map(({ time }) => time)).median,
    cpu: centile(cpu, QUIET),
    spread: halfSpread(summarize(cpu)),
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
  // Where the whole is compared there is no difference to show.
  const own = growth.unit === CPU ? [] : [growth.unit];
  const head = [growth.what, "µs/msg", CPU, "±", ...own];
  const judged: { at: number; value: number }[] = [];
  const lines = points.map((point, at) => {
    const { time, cpu, spread } = taken[at];
    const value = growth.value(cpu, point, taken[0].cpu, points[0]);
    if (value !== null && point.judged) judged.push({ at: point.at, value });
    return [
      point.label,
      time.toFixed(1),
      cpu.toFixed(1),
      `${(spread * 100).toFixed(0)} %`,
      ...own.length === 0 ? [] : [value === null ? "-" : value.toFixed(2)],
    ];
  });
  const values = judged.map(({ value }) => value);
  const [rise, fall] = [steepest(values), steepest(values.toReversed())];
  const flat = rise <= FLAT;
  const percent = (share: number): string => `±${(share * 100).toFixed(0)} %`;
  const range = summarize(values);
  const figure = `${range.min.toFixed(2)} to ${range.max.toFixed(2)}, ` +
    `rises by ${percent(rise)}, falls by ${percent(fall)}`;
  const verdict = `${flat ? "flat" : "not flat"} (to reach: rises by ±20 % at the most)`;
  return {
    load: growth.name,
    title: growth.title,
    cells: [head, ...lines],
    notes: [`${growth.judging}: ${figure}, ${verdict}`],
    figure,
    points: judged,
    flat,
  };
}

/**
 * Tells how far values rise.
 *
 * @param values Any numbers of 0 or more.
 * @returns The most that any of them, and any later one above it, are apart from the middle between
 * the two, as a share of it: 0.2 means from 80 to 120; 0 where none is above an earlier one.
 */
export function steepest(values: readonly number[]): number {
  let most = 0;
  let least = Infinity;
  for (const value of values) {
    if (value > least) most = Math.max(most, (value - least) / (value + least));
    least = Math.min(least, value);
  }
  return most;
}
