/**
 * What is to be reached, as data, and whether it was.
 *
 * @module
 */
import type { Row, Section, Series } from "./report.ts";

/** One condition on a contender's results under a load. */
interface Condition {
  /** Which figure: its value, its peak memory, or its ratio to another contender. */
  readonly figure: "value" | "peak" | { readonly to: string };
  /** The least, or the most, that it may be. */
  readonly least?: number;
  readonly most?: number;
  /** What is written, with the unit. */
  readonly text: string;
  /** How the figure is written: what it is multiplied by, and its unit. */
  readonly scale?: number;
  readonly unit?: string;
}

/** A target: it is reached where any of its conditions holds. */
interface Target {
  readonly load: string;
  readonly who: string;
  readonly anyOf: readonly Condition[];
}

/** A target beside what was measured. */
export interface Verdict {
  /** Name of the load. */
  readonly load: string;
  /** Who is to reach it. */
  readonly who: string;
  /** What is to be reached. */
  readonly target: string;
  /** What was measured; a dash where it was not. */
  readonly measured: string;
  /** Whether it was reached, or null where it was not measured. */
  readonly reached: boolean | null;
}

/** Octets in a message of load (d), and the most that a server may have resident under it. */
const [LARGE, LARGE_PEAK] = [25_000_000, 4 * 25_000_000 + 64 * 2 ** 20];
const PEAK: Condition = {
  figure: "peak",
  most: LARGE_PEAK,
  text: "at most 4 × 25 MB + 64 MiB resident",
  scale: 1 / 2 ** 20,
  unit: " MiB",
};
const GIGABYTE: Condition = {
  figure: "value",
  least: 1e9 / LARGE,
  text: "at least 1 GB/s",
  scale: LARGE / 1e9,
  unit: " GB/s",
};

function atLeast(factor: number, to: string): Condition {
  return { figure: { to }, least: factor, text: `at least ${factor} × ${to}` };
}

function kibibytes(most: number): Condition {
  return {
    figure: "value",
    most: most * 1024,
    text: `at most ${most} KiB for a connection`,
    scale: 1 / 1024,
    unit: " KiB",
  };
}

const TARGETS: readonly Target[] = [
  { load: "a", who: "functions", anyOf: [atLeast(1.5, "smtp-server")] },
  { load: "a", who: "functions", anyOf: [atLeast(1, "smtp-sink")] },
  { load: "a", who: "workers", anyOf: [atLeast(1, "smtp-server")] },
  { load: "b", who: "functions", anyOf: [atLeast(4, "smtp-server")] },
  { load: "b", who: "functions", anyOf: [atLeast(0.5, "null")] },
  { load: "b", who: "workers", anyOf: [atLeast(2.5, "smtp-server")] },
  { load: "c", who: "functions", anyOf: [atLeast(0.8, "null")] },
  { load: "c", who: "workers", anyOf: [atLeast(0.5, "null")] },
  { load: "d", who: "functions", anyOf: [GIGABYTE, atLeast(0.5, "null")] },
  { load: "d", who: "functions", anyOf: [PEAK] },
  { load: "d", who: "workers", anyOf: [GIGABYTE, atLeast(0.5, "null")] },
  { load: "d", who: "workers", anyOf: [PEAK] },
  { load: "g", who: "functions", anyOf: [atLeast(0.8, "smtp-server")] },
  { load: "h", who: "functions", anyOf: [kibibytes(12)] },
  { load: "h-tls", who: "functions", anyOf: [kibibytes(48)] },
  {
    load: "i",
    who: "functions",
    anyOf: [{ figure: { to: "smtp-server" }, most: 0.5, text: "at most 0.5 × smtp-server" }],
  },
  { load: "client-a", who: "ours", anyOf: [atLeast(3, "nodemailer")] },
  { load: "client-a", who: "ours", anyOf: [atLeast(0.6, "smtp-source")] },
  { load: "client-b", who: "ours", anyOf: [atLeast(3, "nodemailer")] },
  { load: "client-b-null", who: "ours", anyOf: [atLeast(3, "nodemailer")] },
];

/**
 * Compares what was measured with what is to be reached. Ratios are medians of the rounds' ratios.
 *
 * @param sections The loads that were run.
 * @param series The growths that were measured.
 * @returns One verdict for each target of them.
 */
export function judge(sections: readonly Section[], series: readonly Series[]): Verdict[] {
  const verdicts = TARGETS.flatMap((target) => {
    const section = sections.find(({ load }) => load === target.load);
    return section === undefined ? [] : [judgeOne(target, section)];
  });
  const grown = series.map(({ load, figure, flat }) => ({
    load,
    who: load.startsWith("client") ? "ours" : "functions",
    target: "flat",
    measured: flat === null ? "-" : figure,
    reached: flat,
  }));
  return [...verdicts, ...grown];
}

function judgeOne({ load, who, anyOf }: Target, section: Section): Verdict {
  const row = section.rows.find(({ name }) => name === who);
  const figures = anyOf.map((condition) => ({ condition, value: figureOf(row, condition) }));
  const known = figures.filter(({ value }) => value !== null);
  const reached = known.some(({ condition: { least, most }, value }) =>
    value !== null && value >= (least ?? -Infinity) && value <= (most ?? Infinity)
  );
  return {
    load,
    who,
    target: anyOf.map(({ text }) => text).join(", or "),
    measured: figures.map(({ condition, value }) => formatFigure(condition, value)).join(", "),
    reached: known.length === 0 ? null : reached,
  };
}

function figureOf(row: Row | undefined, { figure }: Condition): number | null {
  if (row === undefined) return null;
  if (figure === "value") return row.value.median;
  if (figure === "peak") return row.peakMemory;
  return row.ratios[figure.to]?.median ?? null;
}

function formatFigure({ scale = 1, unit = "", figure }: Condition, value: number | null): string {
  if (value === null) return "-";
  const scaled = value * scale;
  const text = scaled >= 100
    ? scaled.toFixed(0)
    : scaled >= 10
    ? scaled.toFixed(1)
    : scaled.toFixed(2);
  return typeof figure === "object" ? `${text} ×` : `${text}${unit}`;
}

/**
 * Makes the cells of the table of targets.
 *
 * @param verdicts The verdicts.
 * @returns The head, and a line for each.
 */
export function targetCells(verdicts: readonly Verdict[]): string[][] {
  const lines = verdicts.map(({ load, who, target, measured, reached }) => [
    `(${load}) ${who}`,
    target,
    measured,
    reached === null ? "not measured" : reached ? "reached" : "NOT reached",
  ]);
  return [["target", "to reach", "measured", ""], ...lines];
}
