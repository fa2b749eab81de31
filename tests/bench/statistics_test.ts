import { assertEquals, assertThrows } from "@std/assert";
import { centile, halfSpread, pairedRatio, rateBetween, summarize } from "./statistics.ts";

Deno.test("summarize() takes the middle of an odd number of values, by size and not by text", () => {
  assertEquals(summarize([100, 9, 20]), { median: 20, min: 9, max: 100 });
});

Deno.test("summarize() takes the mean of the two middle ones of an even number", () => {
  assertEquals(summarize([4, 1, 3, 8]), { median: 3.5, min: 1, max: 8 });
});

Deno.test("summarize() leaves the list as it was", () => {
  const values = [3, 1, 2];
  summarize(values);
  assertEquals(values, [3, 1, 2]);
});

Deno.test("summarize() refuses an empty list and a value that is not finite", () => {
  assertThrows(() => summarize([]), RangeError, "the list is empty");
  assertThrows(() => summarize([1, NaN]), RangeError, "must be finite, got NaN");
});

Deno.test("pairedRatio() divides round by round, not median by median", () => {
  // A machine that is half as fast in the second round: the ratio is 2 in each.
  assertEquals(pairedRatio([200, 100, 202], [100, 50, 101]), { median: 2, min: 2, max: 2 });
  // The ratio of the medians would be 10 / 20.
  assertEquals(pairedRatio([10, 40, 5], [20, 10, 50]).median, 0.5);
  assertEquals(pairedRatio([10, 40, 5], [2, 10, 50]).median, 4);
});

Deno.test("pairedRatio() refuses lists of two lengths and a base of zero", () => {
  assertThrows(() => pairedRatio([1, 2], [1]), RangeError, "got 2 and 1");
  assertThrows(() => pairedRatio([1], [0]), RangeError, "must be finite");
});

Deno.test("rateBetween() leaves out what both runs spent", () => {
  // 120 ms of set-up in both, 1 ms a message.
  assertEquals(rateBetween(500, 120, 620), 1000);
});

Deno.test("rateBetween() refuses a difference that cannot be measured", () => {
  assertThrows(() => rateBetween(10, 120, 120), RangeError, "10 more messages took 0.0 ms more");
  assertThrows(() => rateBetween(0, 1, 2), RangeError, "0 more messages");
  assertThrows(() => rateBetween(10, 1, NaN), RangeError, "took NaN ms more");
});

Deno.test("centile() takes the nearest rank and leaves the list as it was", () => {
  const values = Array.from({ length: 200 }, (_, at) => 200 - at);
  assertEquals(centile(values, 0.99), 198);
  assertEquals(centile(values, 1), 200);
  assertEquals(centile([7], 0.99), 7);
  assertEquals(values[0], 200);
  assertThrows(() => centile([], 0.99), RangeError, "the list is empty");
});

Deno.test("halfSpread() is a share of the middle", () => {
  assertEquals(halfSpread({ median: 10, min: 9, max: 12 }), 0.15);
  assertEquals(halfSpread({ median: 0, min: 0, max: 0 }), 0);
});
