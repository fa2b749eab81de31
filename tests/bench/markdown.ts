/**
 * The results as a page of Markdown.
 *
 * @module
 */
import { makeCells, type Section, type Series } from "./report.ts";
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

/**
 * Writes the page.
 *
 * @param results All results.
 * @param picture File name of the picture beside it.
 * @returns The text, its last line ended.
 */
export function formatMarkdown(results: Results, picture: string): string {
  const { date, machine, notes, sections, series, verdicts } = results;
  const parts = [
    "# Benchmark",
    `Written by \`deno task bench --write\` on ${date.slice(0, 10)}; ${machine}.`,
    "Medians of the rounds; ± is half of the spread; a ratio is the median of the rounds' ratios.",
    ...notes.map((note) => `${note}.`),
    `![Messages per second, of every load and contender](${picture})`,
    ...sections.flatMap((section) => [
      `## (${section.load}) ${section.title}`,
      `${capital(section.by)}; ${section.rounds} rounds.`,
      formatCells(makeCells(section)),
      ...formatNotes(section.notes),
    ]),
    ...series.flatMap(({ load, title, cells, notes }) => [
      `## (${load}) ${title}`,
      formatCells(cells),
      ...formatNotes(notes),
    ]),
    ...verdicts.length === 0 ? [] : ["## Targets", formatCells(targetCells(verdicts), [1, 2, 3])],
  ];
  return `${parts.join("\n\n")}\n`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function formatNotes(notes: readonly string[]): string[] {
  const lines = notes.map((note) => `- ${escapeCell(withoutPlaces(note))}.`);
  return lines.length === 0 ? [] : [lines.join("\n")];
}

/** A reason may quote a program's own words; folders and addresses are nobody's business. */
function withoutPlaces(note: string): string {
  return note.split(" ").map((word) => word.includes("/") ? "…" : word).join(" ");
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
