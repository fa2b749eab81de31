/**
 * The table and the JSON of the benchmark.
 *
 * @module
 */
import type { Outcome } from "./run.ts";
import { pairedRatio, summarize, type Summary } from "./statistics.ts";

/** Where and how it was measured. */
export interface Circumstances {
  /** When, as an ISO 8601 date and time. */
  readonly date: string;
  /** Processor, cores and versions. */
  readonly machine: string;
  /** Title of the load. */
  readonly load: string;
  /** Name of the loader. */
  readonly loader: string;
  /** Messages in a round. */
  readonly messages: number;
  /** How many rounds. */
  readonly rounds: number;
  /** How many processes ran or waited on the average when it began, or null where it is not known. */
  readonly busy: number | null;
  /** Who is left out, and why. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

/** One contender's results. */
export interface Row {
  /** Name of the contender. */
  readonly name: string;
  /** What it is. */
  readonly title: string;
  /** Messages per second. */
  readonly rate: Summary;
  /** Processor time of the server for a message in microseconds. */
  readonly cpu: Summary | null;
  /** The most memory that it ever had resident, in octets. */
  readonly peakMemory: number | null;
  /** Messages that it says it received, warm-up included. */
  readonly received: number | null;
  /** Rate divided by another's, round by round, by the name of the other. */
  readonly ratios: Readonly<Record<string, Summary>>;
  /** The rates of the rounds, in order. */
  readonly rounds: readonly number[];
}

/** Whom the others are compared with. */
export const BASES: readonly string[] = ["null", "smtp-server", "smtp-sink"];

/** From this many busy processes on, the machine has other work than the benchmark. */
const BUSY = 0.7;

/**
 * Sums up what the contenders did.
 *
 * @param outcomes What they did, of the same rounds.
 * @returns One row for each, in the same order.
 */
export function makeRows(outcomes: readonly Outcome[]): Row[] {
  const rates = new Map(
    outcomes.map(({ contender, samples }) => [
      contender.name,
      samples.map((sample) => sample.rate),
    ]),
  );
  return outcomes.map(({ contender: { name, title }, samples, peakMemory, received }) => {
    const rounds = samples.map((sample) => sample.rate);
    const ratios: Record<string, Summary> = {};
    for (const base of BASES) {
      const other = rates.get(base);
      if (other !== undefined) ratios[base] = pairedRatio(rounds, other);
    }
    const cpu = samples.flatMap((sample) => sample.cpu ?? []);
    return {
      name,
      title,
      rate: summarize(rounds),
      cpu: cpu.length === samples.length ? summarize(cpu) : null,
      peakMemory,
      received,
      ratios,
      rounds,
    };
  });
}

/**
 * Writes the table for a human.
 *
 * @param rows The results.
 * @param about Where and how they were measured.
 * @returns Lines of text, the last one ended.
 */
export function formatTable(rows: readonly Row[], about: Circumstances): string {
  const bases = BASES.filter((base) => rows.some((row) => base in row.ratios));
  const head = ["", "msg/s", "min–max", "CPU µs/msg", "peak MiB", ...bases.map((b) => `÷ ${b}`)];
  const lines = [head, ...rows.map((row) => formatRow(row, bases))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const table = lines.map((line) =>
    line.map((cell, at) => at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at])).join(
      "  ",
    )
      .trimEnd()
  );
  return [...formatHead(about), "", ...table, ...formatNotes(rows, about), ""].join("\n");
}

function formatHead(about: Circumstances): string[] {
  return [
    `${about.load}, by ${about.loader}; ${about.rounds} rounds of ${about.messages} messages`,
    `${about.date}, ${about.machine}`,
  ];
}

function formatRow(row: Row, bases: readonly string[]): string[] {
  return [
    row.title,
    row.rate.median.toFixed(0),
    `${row.rate.min.toFixed(0)}–${row.rate.max.toFixed(0)}`,
    row.cpu?.median.toFixed(1) ?? "-",
    row.peakMemory === null ? "-" : (row.peakMemory / 2 ** 20).toFixed(0),
    ...bases.map((base) => row.ratios[base]?.median.toFixed(2) ?? "-"),
  ];
}

function formatNotes(rows: readonly Row[], about: Circumstances): string[] {
  const notes = about.leftOut.map(({ name, reason }) => `Left out: ${name} (${reason})`);
  for (const row of rows) {
    if (row.received === null) notes.push(`Does not count what it receives: ${row.name}`);
  }
  if (about.busy !== null && about.busy > BUSY) {
    notes.push(
      `The machine had other work (load average ${about.busy.toFixed(1)}): trust the ratios only`,
    );
  }
  return notes.length === 0 ? [] : ["", ...notes];
}
