import { assert, assertEquals } from "@std/assert";
import { deviation, makeSeries, type Taken } from "./growth.ts";
import { GROWTHS } from "./growths.ts";

function taken(...times: number[]): Taken[] {
  return times.map((time) => {
    const summary = { median: time, min: time, max: time };
    return { time: summary, cpu: summary };
  });
}

function growthOf(name: string): typeof GROWTHS[number] {
  const growth = GROWTHS.find((each) => each.name === name);
  assert(growth !== undefined);
  return growth;
}

Deno.test("deviation() is half of the range as a share of its middle", () => {
  assertEquals(deviation([80, 120, 100]), 0.2);
  assertEquals(deviation([5]), 0);
  assertEquals(deviation([]), 0);
  assertEquals(deviation([0, 0]), 0);
});

Deno.test("makeSeries() takes a message's own time off before it divides by recipients", () => {
  const growth = growthOf("growth-recipients");
  // 40 microseconds a message, 3 a recipient.
  const { points, flat, cells } = makeSeries(growth, growth.points, taken(43, 70, 340, 3040));
  assertEquals(points.map(({ value }) => value), [3, 3, 3]);
  assertEquals(flat, true);
  assertEquals(cells[1], ["1", "43.0", "0 %", "43.0", "-"]);
});

Deno.test("makeSeries() finds a time that grows with the square", () => {
  const growth = growthOf("growth-recipients");
  const { flat, notes } = makeSeries(growth, growth.points, taken(43, 70, 340, 9040));
  assertEquals(flat, false);
  assert(notes[0].includes("not flat"), notes[0]);
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
