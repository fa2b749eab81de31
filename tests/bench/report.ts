/**
 * The results of one load, and their table for a human who waits.
 *
 * @module
 */
import type { LeftOut } from "./choose.ts";
import type { Load, Measure } from "./load.ts";
import type { Outcome } from "./run.ts";
import { halfSpread, pairedRatio, summarize, type Summary } from "./statistics.ts";

/** One contender's results. */
export interface Row {
  /** Name of the contender. */
  readonly name: string;
  /** What it is. */
  readonly title: string;
  /** What the load measures: messages per second, octets for a connection, or milliseconds. */
  readonly value: Summary;
  /** Processor time of the contender for a message in microseconds. */
  readonly cpu: Summary | null;
  /** The most memory that it ever had resident, in octets. */
  readonly peakMemory: number | null;
  /** Messages that it says it received, warm-up included. */
  readonly received: number | null;
  /** The most that the loader used while it sent to it, as a share of a core, or null where it is not known. */
  readonly busy: number | null;
  /** Its value divided by another's, round by round, by the name of the other. */
  readonly ratios: Readonly<Record<string, Summary>>;
  /** The values of the rounds, in order. */
  readonly rounds: readonly number[];
}

/** What became of one load. */
export interface Section {
  /** Name of the load. */
  readonly load: string;
  /** What it is. */
  readonly title: string;
  /** What was measured. */
  readonly measure: Measure;
  /** Size of a message in octets. */
  readonly octets: number;
  /** Who sent, or whom clients sent to. */
  readonly by: string;
  /** How many rounds. */
  readonly rounds: number;
  /** The results. */
  readonly rows: readonly Row[];
  /** What a reader must know beside the figures. */
  readonly notes: readonly string[];
  /** Who was left out, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Names of those that failed. */
  readonly failed: readonly string[];
}

/** How something grows, of one contender. */
export interface Series {
  /** Name of the load. */
  readonly load: string;
  /** What it is. */
  readonly title: string;
  /** The table: its head, then its lines. */
  readonly cells: readonly (readonly string[])[];
  /** What a reader must know beside the figures. */
  readonly notes: readonly string[];
  /** What is judged, in a few words. */
  readonly figure: string;
  /** The figures that are judged, without a unit. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
  /** Whether they stay flat; null where they could not be measured. */
  readonly flat: boolean | null;
}

/** Whom the others are compared with. */
export const BASES: readonly string[] = [
  "null",
  "smtp-server",
  "smtp-sink",
  "nodemailer",
  "smtp-source",
];

/** From this share of a processor on, a loader may be what limits the rate. */
const LOADER_BUSY = 0.85;

/**
 * Sums up what the contenders did.
 *
 * @param outcomes What they did, of the same rounds.
 * @returns One row for each, in the same order.
 */
export function makeRows(outcomes: readonly Outcome[]): Row[] {
  const values = new Map(
    outcomes.map(({ contender, samples }) => [
      contender.name,
      samples.map((sample) => sample.value),
    ]),
  );
  return outcomes.map(({ contender: { name, title }, samples, peakMemory, received }) => {
    const rounds = samples.map((sample) => sample.value);
    const ratios: Record<string, Summary> = {};
    for (const base of BASES) {
      const other = values.get(base);
      if (other !== undefined) ratios[base] = pairedRatio(rounds, other);
    }
    const cpu = samples.flatMap((sample) => sample.cpu ?? []);
    const busy = samples.flatMap((sample) => sample.busy ?? []);
    return {
      name,
      title,
      value: summarize(rounds),
      cpu: cpu.length === samples.length ? summarize(cpu) : null,
      peakMemory,
      received,
      busy: busy.length === 0 ? null : Math.max(...busy),
      ratios,
      rounds,
    };
  });
}

/**
 * Collects what a reader must know beside the figures of a load.
 *
 * @param outcomes What the contenders did.
 * @param failed Who failed, and why.
 * @returns Sentences without a full stop.
 */
export function makeNotes(
  outcomes: readonly Outcome[],
  failed: readonly LeftOut[],
): string[] {
  const notes = failed.map(({ name, reason }) => `FAILED: ${name} (${reason})`);
  const silent = outcomes.filter(({ received }) => received === null);
  if (silent.length > 0) {
    notes.push(
      `Does not count what it receives: ${silent.map((each) => each.contender.name).join()}`,
    );
  }
  return notes;
}

/**
 * Says who was left out.
 *
 * @param leftOut Who, and why; who stands there twice is named once.
 * @returns A sentence without a full stop; none where nobody was.
 */
export function leftOutNotes(leftOut: readonly LeftOut[]): string[] {
  const each = new Set(leftOut.map(({ name, reason }) => `${name} (${reason})`));
  return each.size === 0 ? [] : [`Left out: ${[...each].join(", ")}`];
}

/**
 * Says how busy the loader was.
 *
 * @param rows The results of a load.
 * @returns A sentence without a full stop; none where it is not known.
 */
export function loaderNotes(rows: readonly Row[]): string[] {
  const known = rows.filter(({ busy }) => busy !== null);
  if (known.length === 0) return [];
  const each = known.map(({ name, busy }) => `${Math.round((busy ?? 0) * 100)} % for ${name}`);
  const limits = limitedBy(rows).length > 0
    ? `; above ${LOADER_BUSY * 100} % it may be the limit`
    : "";
  return [`Of a core, the loader used at most ${each.join(", ")}${limits}`];
}

/**
 * Tells where the loader may have been what limits the rate.
 *
 * @param rows The results of a load.
 * @returns The names of the contenders.
 */
export function limitedBy(rows: readonly Row[]): string[] {
  return rows.filter(({ busy }) => (busy ?? 0) > LOADER_BUSY).map(({ name }) => name);
}

/**
 * Turns a value into what is printed.
 *
 * @param value Messages per second, octets, or milliseconds.
 * @param measure Which of them.
 * @returns The number without its unit.
 */
export function formatValue(value: number, measure: Measure): string {
  if (measure === "memory") return (value / 1024).toFixed(1);
  if (measure === "latency" || value < 100) return value.toFixed(1);
  return value.toFixed(0);
}

/** Heads of the column of values. */
export const UNITS: Readonly<Record<Measure, string>> = {
  rate: "msg/s",
  memory: "KiB each",
  latency: "p99 ms",
};

/** From this many octets in a message on, the octets per second are shown too. */
const LARGE = 100_000;

/**
 * Makes the cells of a table.
 *
 * @param section The results of a load.
 * @returns The head, and a line for each contender.
 */
export function makeCells(section: Section): string[][] {
  const bases = BASES.filter((base) => section.rows.some((row) => base in row.ratios));
  const large = section.measure === "rate" && section.octets >= LARGE;
  const head = [
    "",
    UNITS[section.measure],
    "±",
    ...large ? ["MB/s"] : [],
    ...section.measure === "memory" ? [] : ["CPU µs/msg"],
    "peak MiB",
    ...bases.map((base) => `÷ ${base}`),
  ];
  return [head, ...section.rows.map((row) => makeLine(row, section, large, bases))];
}

function makeLine(row: Row, section: Section, large: boolean, bases: readonly string[]): string[] {
  return [
    row.title,
    formatValue(row.value.median, section.measure),
    `${(halfSpread(row.value) * 100).toFixed(0)} %`,
    ...large ? [(row.value.median * section.octets / 1e6).toFixed(0)] : [],
    ...section.measure === "memory" ? [] : [row.cpu?.median.toFixed(1) ?? "-"],
    row.peakMemory === null ? "-" : (row.peakMemory / 2 ** 20).toFixed(0),
    ...bases.map((base) => row.ratios[base]?.median.toFixed(2) ?? "-"),
  ];
}

/**
 * Aligns cells.
 *
 * @param lines Lines of cells, all of one length.
 * @param left The columns that are aligned to the left; the others are to the right.
 * @returns Lines of text.
 */
export function alignCells(
  lines: readonly (readonly string[])[],
  left: readonly number[] = [0],
): string[] {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => {
    const cells = line.map((cell, at) =>
      left.includes(at) ? cell.padEnd(widths[at]) : cell.padStart(widths[at])
    );
    return cells.join("  ").trimEnd();
  });
}

/**
 * Writes the table of a load for a human.
 *
 * @param section The results.
 * @returns Lines of text, the last one ended.
 */
export function formatSection(section: Section): string {
  const { load, title, by, rounds, notes } = section;
  const count = `${rounds} round${rounds === 1 ? "" : "s"}`;
  return [
    `(${load}) ${title}, ${by}; ${count}`,
    ...alignCells(makeCells(section)).map((line) => `  ${line}`),
    ...[...leftOutNotes(section.leftOut), ...notes, ...loaderNotes(section.rows)].map((note) =>
      `  ${note}.`
    ),
    "",
    "",
  ].join("\n");
}

/**
 * Writes the table of a series for a human.
 *
 * @param series The results.
 * @returns Lines of text, the last one ended.
 */
export function formatSeries({ load, title, cells, notes }: Series): string {
  return [
    `(${load}) ${title}`,
    ...alignCells(cells).map((line) => `  ${line}`),
    ...notes.map((note) => `  ${note}.`),
    "",
    "",
  ].join("\n");
}

/**
 * Begins a section.
 *
 * @param load The load.
 * @param by Who sent, or whom clients sent to.
 * @param rounds How many rounds.
 * @returns All that a section says of the load itself.
 */
export function describeLoad(
  load: Load,
  by: string,
  rounds: number,
): Omit<Section, "rows" | "notes" | "leftOut" | "failed"> {
  const { name, title, measure, octets } = load;
  return { load: name, title, measure, octets, by, rounds };
}
