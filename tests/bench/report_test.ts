import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  alignCells,
  formatSection,
  limitedBy,
  loaderNotes,
  makeNotes,
  makeRows,
  type Section,
} from "./report.ts";
import type { Outcome } from "./run.ts";

function outcome(name: string, values: number[], cpu: number | null): Outcome {
  const samples = values.map((value) => ({ value, cpu, busy: null }));
  return {
    contender: { name, title: `the ${name}` },
    samples,
    peakMemory: cpu === null ? null : 52 * 2 ** 20,
    received: cpu,
  };
}

function sectionOf(outcomes: Outcome[], more: Partial<Section> = {}): Section {
  return {
    load: "a",
    title: "small",
    measure: "rate",
    octets: 2048,
    by: "by own",
    rounds: 3,
    rows: makeRows(outcomes),
    notes: makeNotes(outcomes, []),
    leftOut: [],
    failed: [],
    ...more,
  };
}

Deno.test("makeRows() compares with each base that took part, round by round", () => {
  const rows = makeRows([
    outcome("functions", [100, 50, 210], 2),
    outcome("null", [200, 100, 200], null),
  ]);
  assertEquals(rows[0].value, { median: 100, min: 50, max: 210 });
  assertEquals(rows[0].ratios, { null: { median: 0.5, min: 0.5, max: 1.05 } });
  assertEquals(rows[1].ratios["null"].median, 1);
  assertEquals([rows[0].cpu?.median, rows[1].cpu], [2, null]);
});

Deno.test("formatSection() writes a column for each base and notes at the end", () => {
  const outcomes = [
    outcome("functions", [100, 50, 210], 2),
    outcome("null", [200, 200, 200], null),
  ];
  const leftOut = [{ name: "smtp-sink", reason: "not there" }, { name: "x", reason: "no y" }];
  assertEquals(
    formatSection(sectionOf(outcomes, { leftOut })),
    `(a) small, by own; 3 rounds
                 msg/s     ±  CPU µs/msg  peak MiB  ÷ null
  the functions    100  80 %         2.0        52    0.50
  the null         200   0 %           -         -    1.00
  Left out: smtp-sink (not there), x (no y).
  Does not count what it receives: null.

`,
  );
});

Deno.test("formatSection() writes octets per second for large messages, and other units", () => {
  const outcomes = [outcome("functions", [2000], 1)];
  const large = formatSection(sectionOf(outcomes, { octets: 1_000_000, rounds: 1 }));
  assert(/ 2000 +0 % +2000 /.test(large), large);
  assert(large.includes("; 1 round\n"), large);
  const memory = formatSection(sectionOf(outcomes, { measure: "memory" }));
  assert(memory.includes("KiB each") && memory.includes(" 2.0 "), memory);
  assertFalse(memory.includes("CPU"), memory);
  assert(formatSection(sectionOf(outcomes, { measure: "latency" })).includes("p99 ms"));
});

Deno.test("makeNotes() names who failed", () => {
  assertEquals(makeNotes([outcome("null", [1], 1)], [{ name: "x", reason: "died" }]), [
    "FAILED: x (died)",
  ]);
});

Deno.test("loaderNotes() says how busy the loader was, and where it may be the limit", () => {
  const samples = [{ value: 1, cpu: 1, busy: 0.9 }, { value: 1, cpu: 1, busy: 0.5 }];
  const rows = makeRows([
    { ...outcome("null", [1, 1], 1), samples },
    outcome("functions", [1, 1], 1),
  ]);
  assertEquals(loaderNotes(rows), [
    "Of a core, the loader used at most 90 % for null; above 85 % it may be the limit",
  ]);
  assertEquals(limitedBy(rows), ["null"]);
  assertEquals(loaderNotes(rows.slice(1)), []);
});

Deno.test("alignCells() aligns the columns that are named to the left", () => {
  assertEquals(alignCells([["a", "bb"], ["ccc", "d"]]), ["a    bb", "ccc   d"]);
  assertEquals(alignCells([["a", "bb", "e"], ["ccc", "d", "f"]], [0, 1]), [
    "a    bb  e",
    "ccc  d   f",
  ]);
});
