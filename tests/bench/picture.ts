/**
 * The results as a picture: one group of bars for each load, each bar a ratio to the same peer.
 *
 * @module
 */
import { formatValue, type Row, type Section, UNITS } from "./report.ts";

/** Sizes in pixels: of the whole, of the margin, and of the gap between two columns and two groups. */
const [WIDTH, MARGIN, GAP] = [880, 16, 24];
/** Columns of groups, and the width of each. */
const COLUMNS = 2;
const COLUMN = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
/** Sizes in pixels, of a group: its title, the line of a bar, its names, its ratios and its figures. */
const [TITLE, LINE, NAMES, RATIO, FIGURE] = [36, 17, 104, 52, 58];
/** Room for the foot in pixels. */
const FOOT = 18;
/** Whom the servers, and the clients, are compared with: their bars have the length 1. */
const PEERS: readonly string[] = ["smtp-server", "nodemailer"];
/** Who is no peer, but a bound to what can be reached. */
const BOUNDS: readonly string[] = ["null"];
/** Names of ours in the picture. */
const OURS: Readonly<Record<string, string>> = {
  functions: "ours, functions",
  telemetry: "ours, telemetry",
  workers: "ours, worker",
  ours: "ours",
};

/** Colours for light and for dark pages. The ground goes with them: a page may be dark on a light system. */
const STYLE = `
text { font: 12px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328; }
.ground { fill: #ffffff; stroke: #d1d9e0; }
.title { font-weight: 600; }
.small { font-size: 11px; font-weight: 400; fill: #59636e; }
.figure { text-anchor: end; font-variant-numeric: tabular-nums; }
.bar { fill: #afb8c1; }
.ours { fill: #0969da; }
.one { stroke: #59636e; stroke-dasharray: 2 3; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.ground { fill: #0d1117; stroke: #3d444d; }
.small { fill: #9198a1; }
.bar { fill: #59636e; }
.ours { fill: #4493f8; }
.one { stroke: #9198a1; }
}`;

/** One load, with whom it is compared. */
interface Group {
  readonly section: Section;
  readonly peer: string;
  readonly rows: readonly Row[];
}

/**
 * Draws the picture. A load that no peer took part in is left out.
 *
 * @param sections The loads, one group of bars for each.
 * @param caption The line at the foot: when and on what.
 * @returns The text of an SVG file.
 */
export function formatPicture(sections: readonly Section[], caption: string): string {
  const groups = sections.flatMap(groupOf);
  const parts: string[] = [];
  let y = MARGIN;
  for (let at = 0; at < groups.length; at += COLUMNS) {
    const line = groups.slice(at, at + COLUMNS);
    line.forEach((group, column) => {
      parts.push(...drawGroup(group, MARGIN + column * (COLUMN + GAP), y));
    });
    y += TITLE + Math.max(...line.map(({ rows }) => rows.length)) * LINE + GAP;
  }
  parts.push(text("small", MARGIN, y + 4, caption));
  const height = y + FOOT;
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  return [
    // The repository's formatter would take what this writes for a mistake.
    "<!-- deno-fmt-ignore-file -->",
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="Benchmark">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function groupOf(section: Section): Group[] {
  const rows = section.rows.filter(({ name }) => !BOUNDS.includes(name));
  const peer = PEERS.find((name) => rows.some((row) => name in row.ratios));
  return peer === undefined ? [] : [{ section, peer, rows }];
}

function drawGroup({ section, peer, rows }: Group, left: number, top: number): string[] {
  const { load, title, measure } = section;
  const better = measure === "rate" ? "more is better" : "less is better";
  const ratios = rows.map((row) => row.ratios[peer].median);
  const unit = (COLUMN - NAMES - RATIO - FIGURE) / Math.max(1, ...ratios);
  const [zero, end] = [left + NAMES, left + COLUMN];
  const one = (zero + unit).toFixed(1);
  const first = top + TITLE;
  return [
    text("title", left, top + 11, title),
    text("small", left, top + 26, `(${load}) ${UNITS[measure]}, × ${peer}, ${better}`),
    ...rows.flatMap((row, at) => {
      const y = first + at * LINE;
      const width = (ratios[at] * unit).toFixed(1);
      const ours = OURS[row.name];
      return [
        text("", left, y + 11, ours ?? row.name),
        `<rect class="${ours === undefined ? "bar" : "bar ours"}" x="${zero}" y="${y + 2}" ` +
        `width="${width}" height="${LINE - 5}" rx="2"/>`,
        text("figure", end - FIGURE, y + 11, `${ratios[at].toFixed(2)}×`),
        text("small figure", end, y + 11, formatValue(row.value.median, measure)),
      ];
    }),
    `<path class="one" d="M${one} ${first}V${first + rows.length * LINE}"/>`,
  ];
}

function text(kind: string, x: number, y: number, content: string): string {
  const attribute = kind === "" ? "" : ` class="${kind}"`;
  return `<text${attribute} x="${x}" y="${y}">${escape(content)}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
