import { assertEquals } from "@std/assert";
import type { Contender } from "./contender.ts";
import { type Circumstances, formatTable, makeRows } from "./report.ts";
import type { Outcome } from "./run.ts";

function outcome(name: string, rates: number[], cpu: number | null): Outcome {
  const contender: Contender = {
    name,
    title: `the ${name}`,
    missing: () => Promise.resolve(null),
    start: () => Promise.reject(new Error("is not started")),
  };
  const samples = rates.map((rate) => ({ rate, cpu }));
  return { contender, samples, peakMemory: cpu === null ? null : 52 * 2 ** 20, received: cpu };
}

const about: Circumstances = {
  date: "2026-01-02",
  machine: "a machine",
  load: "small",
  loader: "own",
  messages: 10,
  rounds: 3,
  busy: 0.1,
  leftOut: [],
};

Deno.test("makeRows() compares with each base that took part, round by round", () => {
  const rows = makeRows([
    outcome("functions", [100, 50, 210], 2),
    outcome("null", [200, 100, 200], null),
  ]);
  assertEquals(rows[0].rate, { median: 100, min: 50, max: 210 });
  assertEquals(rows[0].ratios, { null: { median: 0.5, min: 0.5, max: 1.05 } });
  assertEquals(rows[1].ratios["null"].median, 1);
  assertEquals([rows[0].cpu?.median, rows[1].cpu], [2, null]);
});

Deno.test("formatTable() writes a column for each base and notes at the end", () => {
  const rows = makeRows([outcome("functions", [100, 50, 210], 2), outcome("null", [200], null)].map(
    (each) => ({ ...each, samples: [each.samples[0]] }),
  ));
  const leftOut = [{ name: "smtp-sink", reason: "not there" }];
  assertEquals(
    formatTable(rows, { ...about, leftOut, busy: 2.34 }),
    `small, by own; 3 rounds of 10 messages
2026-01-02, a machine

               msg/s  min–max  CPU µs/msg  peak MiB  ÷ null
the functions    100  100–100         2.0        52    0.50
the null         200  200–200           -         -    1.00

Left out: smtp-sink (not there)
Does not count what it receives: null
The machine had other work (load average 2.3): trust the ratios only
`,
  );
});

Deno.test("formatTable() has no notes where there is nothing to note", () => {
  const text = formatTable(makeRows([outcome("null", [200], 1)]), about);
  assertEquals(text.split("\n").length, 6);
});
