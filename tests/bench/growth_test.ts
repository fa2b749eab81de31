import { assert, assertEquals } from "@std/assert";
import { makeSeries, steepest, type Taken } from "./growth.ts";
import { GROWTHS } from "./growths.ts";

function taken(...times: number[]): Taken[] {
  return times.map((cpu) => ({ time: 2 * cpu, cpu, spread: 0 }));
}

function growthOf(name: string): typeof GROWTHS[number] {
  const growth = GROWTHS.find((each) => each.name === name);
  assert(growth !== undefined);
  return growth;
}

Deno.test("steepest() is half of the steepest rise as a share of its middle", () => {
  assertEquals(steepest([100, 80, 120, 100]), 0.2);
  assertEquals(steepest([120, 100, 80]), 0);
  assertEquals(steepest([1, 2, 6]), 5 / 7);
  assertEquals(steepest([0, 0]), 0);
  assertEquals(steepest([]), 0);
});

Deno.test("makeSeries() takes a message's own time off before it divides by recipients", () => {
  const growth = growthOf("growth-recipients");
  // 40 microseconds a message, 3 a recipient.
  const { points, flat, cells } = makeSeries(growth, growth.points, taken(43, 70, 340, 3040));
  assertEquals(points.map(({ value }) => value), [3, 3, 3]);
  assertEquals(flat, true);
  assertEquals(cells[1], ["1", "86.0", "43.0", "0 %", "-"]);
});

Deno.test("makeSeries() finds a time that grows with the square", () => {
  const growth = growthOf("growth-recipients");
  const { flat, notes, figure } = makeSeries(growth, growth.points, taken(43, 70, 340, 9040));
  assertEquals(flat, false);
  assertEquals(figure, "3.00 to 9.01, rises by ±50 %, falls by ±0 %");
  assert(notes[0].includes("not flat"), notes[0]);
});

Deno.test("makeSeries() takes a cost that more share for flat, and tells it", () => {
  const growth = growthOf("growth-connections");
  const { flat, figure, cells } = makeSeries(growth, growth.points, taken(90, 60, 70, 75));
  assertEquals(flat, true);
  assertEquals(figure, "60.00 to 90.00, rises by ±11 %, falls by ±20 %");
  // The whole is judged: no column for a part of it.
  assertEquals(cells[0], ["connections", "µs/msg", "CPU µs/msg", "±"]);
});

Deno.test("makeSeries() does not judge small messages by the octet", () => {
  const growth = growthOf("growth-size");
  const times = growth.points.map(({ at }) => 100 + at * 0.002);
  // A message of 10 KB that is slow for its size.
  times[1] += 50;
  const { points, flat } = makeSeries(growth, growth.points, taken(...times));
  assertEquals(points.map(({ value }) => Math.round(value * 100) / 100), [2, 2, 2, 2]);
  assertEquals(flat, true);
});
