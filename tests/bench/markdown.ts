/**
 * The results as a page of Markdown: a table of all loads, the growths, the targets.
 *
 * @module
 */
import {
  formatValue,
  leftOutNotes,
  limitedBy,
  type Row,
  type Section,
  type Series,
  UNITS,
} from "./report.ts";
import { targetCells, type Verdict } from "./targets.ts";

/** All results of a run. */
export interface Results {
  /** When, as an ISO 8601 date and time. */
  readonly date: string;
  /** Processor, cores and versions. */
  readonly machine: string;
  /** What a reader must know beside the figures. */
  readonly notes: readonly string[];
  /** The loads. */
  readonly sections: readonly Section[];
  /** The growths. */
  readonly series: readonly Series[];
  /** The targets. */
  readonly verdicts: readonly Verdict[];
}

/** Whom the servers, and the clients, are compared with. */
const PEERS: readonly string[] = ["smtp-server", "nodemailer"];

/**
 * Writes the page.
 *
 * @param results All results.
 * @param picture File name of the picture beside it.
 * @returns The text, its last line ended.
 */
export function formatMarkdown(results: Results, picture: string): string {
  const { date, machine, notes, sections, series } = results;
  const clients = sections.filter(({ load }) => load.startsWith("client"));
  const servers = sections.filter((section) => !clients.includes(section));
  // What growth came to stands in a list of its own.
  const verdicts = results.verdicts.filter((each) =>
    !series.some(({ load }) => load === each.load)
  );
  const parts = [
    "# Benchmark",
    `Written by \`deno task bench --write\` on ${date.slice(0, 10)}; ${machine}.\n` +
    "Medians of the rounds; in parentheses the median of the rounds' ratios to smtp-server " +
    "(of clients: to nodemailer),\nand the processor time for a message in microseconds. " +
    "What is not in msg/s is better where it is less.",
    ...notes.map((note) => `${note}.`),
    `![Each load's figures as ratios to smtp-server](${picture})`,
    ...formatLoads("Servers", servers),
    ...formatLoads("Clients, into smtp-sink", clients),
    ...series.length === 0 ? [] : ["## Growth", formatList(series.map(describeSeries))],
    ...verdicts.length === 0 ? [] : ["## Targets", formatCells(joinTargets(verdicts), [1])],
  ];
  return `${parts.join("\n\n")}\n`;
}

/** A line for all targets of a load. */
function joinTargets(verdicts: readonly Verdict[]): string[][] {
  const lines = new Map<string, string[]>();
  for (const verdict of verdicts) {
    const [, [, target, measured, reached]] = targetCells([verdict]);
    const text = `${verdict.who} ${target}: ${measured}, ${reached}`;
    lines.set(verdict.load, [...lines.get(verdict.load) ?? [], text]);
  }
  return [
    ["load", "to reach: measured"],
    ...[...lines].map(([load, all]) => [`(${load})`, all.join("; ")]),
  ];
}

/** A line for each load, a column for each contender. */
function formatLoads(title: string, sections: readonly Section[]): string[] {
  if (sections.length === 0) return [];
  const rows = sections.flatMap((section) => section.rows);
  const names = [...new Set(rows.map(({ name }) => name))];
  const titles = names.map((name) => rows.find((row) => row.name === name)?.title ?? name);
  const lines = sections.map((section) => [
    `(${section.load}) ${section.title}`,
    UNITS[section.measure],
    ...names.map((name) => {
      const row = section.rows.find((each) => each.name === name);
      return row === undefined ? "" : formatRow(row, section);
    }),
  ]);
  const notes = collectNotes(sections);
  const table = formatCells([["load", "", ...titles], ...lines], [1]);
  return [`## ${title}`, table, ...notes.length === 0 ? [] : [formatList(notes)]];
}

function formatRow(row: Row, { measure }: Section): string {
  const peer = PEERS.find((name) => name in row.ratios);
  const beside = [
    ...peer === undefined || peer === row.name ? [] : [`${row.ratios[peer].median.toFixed(2)}×`],
    ...row.cpu === null || measure === "memory" ? [] : [`${row.cpu.median.toFixed(0)} µs`],
  ];
  const value = formatValue(row.value.median, measure);
  return beside.length === 0 ? value : `${value} (${beside.join(", ")})`;
}

/** The notes of all loads; one that several loads have stands there once. */
function collectNotes(sections: readonly Section[]): string[] {
  const loads = new Map<string, string[]>();
  for (const { load, notes } of sections) {
    for (const note of notes) loads.set(note, [...loads.get(note) ?? [], load]);
  }
  const all = [...loads].map(([note, of]) =>
    of.length === sections.length ? note : `(${of.join(", ")}) ${note}`
  );
  all.push(...leftOutNotes(sections.flatMap(({ leftOut }) => leftOut)));
  const limited = sections.flatMap(({ load, rows }) => {
    const names = limitedBy(rows);
    return names.length === 0 ? [] : [`(${load}) ${names.join(", ")}`];
  });
  if (limited.length > 0) all.push(`The loader may be the limit: ${limited.join("; ")}`);
  return all;
}

function describeSeries({ load, title, notes }: Series): string {
  return `(${load}) ${title.replace("growth: ", "")}. ${notes.join("; ")}`;
}

function formatList(notes: readonly string[]): string {
  return notes.map((note) => `- ${escapeCell(withoutPlaces(note))}.`).join("\n");
}

/** A reason may quote a program's own words; folders and addresses are nobody's business. */
function withoutPlaces(note: string): string {
  return note.split(" ").map((word) => word.length > 1 && word.includes("/") ? "…" : word).join(
    " ",
  );
}

/** A table: the first column and those named to the left, the others to the right. */
function formatCells(cells: readonly (readonly string[])[], left: readonly number[] = []): string {
  const [head, ...lines] = cells;
  const rule = head.map((_, at) => at === 0 || left.includes(at) ? "---" : "---:");
  return [head, rule, ...lines].map((line) => `| ${line.map(escapeCell).join(" | ")} |`).join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ").replaceAll("<", "&lt;");
}
