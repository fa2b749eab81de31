/**
 * The short table that the README shows, between two marks that no reader sees.
 *
 * @module
 */
import type { Results } from "./markdown.ts";
import { formatValue, type Section, UNITS } from "./report.ts";

const BEGIN = "<!-- benchmark -->\n";
const END = "<!-- /benchmark -->";

/** The columns: contenders by name. */
const COLUMNS: readonly (readonly [name: string, title: string])[] = [
  ["functions", "ours, functions"],
  ["workers", "ours, in a worker"],
  ["smtp-server", "smtp-server"],
  ["haraka", "Haraka"],
  ["aiosmtpd", "aiosmtpd"],
  ["smtp-sink", "Postfix's smtp-sink (C)"],
];
/** The rows: loads by name. */
const ROWS: readonly string[] = ["a", "b", "c", "d", "i"];

/**
 * Puts the figures of the main loads into a README.
 *
 * @param readme The text, with the marks.
 * @param results All results; loads that were not measured are left out.
 * @returns The text with the new table.
 * @throws {Error} If the text has no marks.
 */
export function replaceSummary(readme: string, results: Results): string {
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from) throw new Error(`Cannot write the summary: no ${BEGIN.trim()} there`);
  const summary = formatSummary(results);
  return `${readme.slice(0, from)}${BEGIN}${summary}\n${readme.slice(to)}`;
}

function formatSummary({ date, machine, sections }: Results): string {
  const rows = sections.filter(({ load }) => ROWS.includes(load)).map(formatRow);
  return [
    `| ${date.slice(0, 10)} | | ${COLUMNS.map(([, title]) => title).join(" | ")} |`,
    `| --- | --- |${" ---: |".repeat(COLUMNS.length)}`,
    ...rows,
    "",
    `On ${machine}, which other programs used too.`,
  ].join("\n");
}

function formatRow({ title, measure, rows }: Section): string {
  const cells = COLUMNS.map(([name]) => {
    const row = rows.find((each) => each.name === name);
    return row === undefined ? "" : formatValue(row.value.median, measure);
  });
  return `| ${title} | ${UNITS[measure]} | ${cells.join(" | ")} |`;
}
