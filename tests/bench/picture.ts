/**
 * The results as a picture: bars, one group for each load.
 *
 * @module
 */
import { formatValue, type Section, UNITS } from "./report.ts";

/** Sizes in pixels: of the whole, of the column of names, of a bar's line, and around. */
const [WIDTH, NAMES, LINE, MARGIN] = [860, 250, 20, 16];
/** Room behind a bar for its figure, and above a group for its title. */
const [FIGURE, TITLE] = [110, 34];
/** Whose bars are drawn in the colour of ours. */
const OURS: readonly string[] = ["functions", "workers", "ours"];

/** Colours for light and for dark pages; the picture has no background of its own. */
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; }
.figure { font-variant-numeric: tabular-nums; }
.small { font-size: 11px; fill: #57606a; }
.bar { fill: #8c959f; }
.ours { fill: #0969da; }
.spread { stroke: #24292f; stroke-width: 1; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.small { fill: #9198a1; }
.bar { fill: #6e7681; }
.ours { fill: #4493f8; }
.spread { stroke: #e6edf3; }
}`;

/**
 * Draws the picture.
 *
 * @param sections The loads, one group of bars for each.
 * @param caption The line at the foot: when and on what.
 * @returns The text of an SVG file.
 */
export function formatPicture(sections: readonly Section[], caption: string): string {
  const parts: string[] = [];
  let y = MARGIN;
  for (const section of sections) {
    if (section.rows.length === 0) continue;
    parts.push(...drawGroup(section, y));
    y += TITLE + section.rows.length * LINE + MARGIN;
  }
  parts.push(`<text class="small" x="${MARGIN}" y="${y + 8}">${escape(caption)}</text>`);
  const height = y + MARGIN + 8;
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  return [
    // The repository's formatter would take what this writes for a mistake.
    "<!-- deno-fmt-ignore-file -->",
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="Benchmark">`,
    `<style>${STYLE}\n</style>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function drawGroup(section: Section, top: number): string[] {
  const { load, title, measure, rows } = section;
  const better = measure === "rate" ? "more is better" : "less is better";
  const head = `(${load}) ${title}`;
  const most = Math.max(...rows.map(({ value }) => value.max));
  const room = WIDTH - NAMES - FIGURE - MARGIN;
  return [
    `<text class="title" x="${MARGIN}" y="${top + 14}">${escape(head)}` +
    `<tspan class="small" dx="8">${UNITS[measure]}, ${better}</tspan></text>`,
    ...rows.flatMap((row, at) => {
      const y = top + TITLE - 8 + at * LINE;
      const length = (value: number): string => (value / most * room).toFixed(1);
      const kind = OURS.includes(row.name) ? "bar ours" : "bar";
      const [from, to] = [row.value.min, row.value.max].map((value) =>
        (NAMES + value / most * room).toFixed(1)
      );
      return [
        `<text x="${MARGIN}" y="${y + 12}">${escape(row.title)}</text>`,
        `<rect class="${kind}" x="${NAMES}" y="${y + 2}" width="${length(row.value.median)}" ` +
        `height="${LINE - 6}" rx="2"/>`,
        `<path class="spread" d="M${from} ${y + 9}H${to}"/>`,
        `<text class="figure" x="${(Number(to) + 8).toFixed(1)}" y="${y + 13}">${
          formatValue(row.value.median, measure)
        }</text>`,
      ];
    }),
  ];
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
