import { assert, assertEquals } from "@std/assert";
import { formatMarkdown } from "./markdown.ts";
import { formatPicture } from "./picture.ts";
import { makeRows, type Section, type Series } from "./report.ts";
import { judge, type Verdict } from "./targets.ts";

function section(load: string, values: Record<string, number>, more: Partial<Section>): Section {
  const outcomes = Object.entries(values).map(([name, value]) => ({
    contender: { name, title: `the ${name}` },
    samples: [{ value, cpu: null, busy: null }],
    peakMemory: 100 * 2 ** 20,
    received: null,
  }));
  return {
    load,
    title: "a <load>",
    measure: "rate",
    octets: 2048,
    by: "by own",
    rounds: 1,
    rows: makeRows(outcomes),
    notes: ["a note with a | bar", "no file:///x/ada/y there"],
    leftOut: [{ name: "x", reason: "not there" }],
    failed: [],
    ...more,
  };
}

function short(verdicts: readonly Verdict[]): unknown[] {
  return verdicts.map(({ who, measured, reached }) => [who, measured, reached]);
}

const small = section("a", { functions: 300, workers: 90, "smtp-server": 100 }, {});

Deno.test("judge() compares ratios, and says what was not measured", () => {
  assertEquals(short(judge([small], [])), [
    ["functions", "3.00 ×", true],
    ["functions", "-", null],
    ["workers", "0.90 ×", false],
  ]);
});

Deno.test("judge() is content with any of several conditions, and converts units", () => {
  // 25 messages of 25 MB are 0.625 GB; half of the null server's rate would do.
  const large = section("d", { functions: 25, null: 50 }, {});
  assertEquals(short(judge([large], [])).slice(0, 2), [
    ["functions", "0.63 GB/s, 0.50 ×", true],
    ["functions", "100 MiB", true],
  ]);
  const idle = section("h", { functions: 13 * 1024 }, { measure: "memory" });
  assertEquals(short(judge([idle], [])), [["functions", "13.0 KiB", false]]);
  const burst = section("i", { functions: 4, "smtp-server": 10 }, { measure: "latency" });
  assertEquals(short(judge([burst], [])), [["functions", "0.40 ×", true]]);
});

const series: Series = {
  load: "growth-messages",
  title: "growth",
  cells: [["messages", "µs"], ["100", "7"]],
  notes: ["Time: ±3 %, flat"],
  figure: "±3 %",
  points: [],
  flat: true,
};

Deno.test("judge() takes over whether a growth is flat", () => {
  assertEquals(short(judge([], [series])), [["functions", "±3 %", true]]);
});

Deno.test("formatMarkdown() writes a line for each load, and escapes what would break it", () => {
  const about = { date: "2026-01-02T03:04:05Z", machine: "2 × a machine", notes: ["It was busy"] };
  const verdicts = judge([small], [series]);
  const text = formatMarkdown({ ...about, sections: [small], series: [series], verdicts }, "x.svg");
  assert(text.includes("on 2026-01-02; 2 × a machine.\n"), text);
  assert(text.includes("\n| (a) a &lt;load> | msg/s | 300 (3.00×) | 90.0 (0.90×) | 100 |\n"), text);
  assert(text.includes("\n- a note with a \\| bar.\n"), text);
  assert(text.includes("\n- no … there.\n"), text);
  assert(text.includes("](x.svg)"), text);
  assert(text.includes("\n- Left out: x (not there).\n"), text);
  assert(text.includes("\n- (growth-messages) growth. Time: ±3 %, flat.\n"), text);
  const targets = "functions at least 1.5 × smtp-server: 3.00 ×, reached; " +
    "functions at least 1 × smtp-sink: -, not measured; " +
    "workers at least 1 × smtp-server: 0.90 ×, NOT reached";
  assert(text.includes(`\n| (a) | ${targets} |\n`), text);
});

Deno.test("formatPicture() draws a bar for each contender, as long as its ratio", () => {
  const text = formatPicture([small], "today & here");
  const widths = [...text.matchAll(/class="bar[^>]* width="([0-9.]+)"/g)].map(([, w]) => Number(w));
  assertEquals(widths.length, 3);
  assertEquals(Math.round(widths[0] / widths[2]), 3);
  assertEquals(text.match(/class="bar ours"/g)?.length, 2);
  // The peer ends where the line of 1 stands.
  assert(text.includes(`d="M${(120 + widths[2]).toFixed(1)} `), text);
  assert(text.includes("a &lt;load>") && text.includes("today &amp; here"), text);
  assert(text.includes("prefers-color-scheme: dark"), text);
});
