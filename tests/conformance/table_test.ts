import { assert, assertEquals } from "@std/assert";
import { citations, fillIn, rowsOf, TABLE } from "./table.ts";

const text = (await Deno.readTextFile(TABLE)).replaceAll("\r\n", "\n");

Deno.test("table.md has every id, once", () => {
  const expected = [
    ...numbers(213).map((n) => `#${n}`),
    ...numbers(89).map((n) => `S${two(n)}`),
    ...numbers(22).map((n) => `C${two(n)}`),
    ...numbers(20).map((n) => `N${two(n)}`),
  ];
  assertEquals(rowsOf(text).map(({ id }) => id), expected);
});

Deno.test("every row of table.md has a test that cites its id, or says why there is none", () => {
  const open = rowsOf(text).filter(({ shown }) =>
    !shown.startsWith("`") && !(shown.startsWith("none: ") && shown.length > 20)
  );
  assertEquals(open, []);
});

Deno.test("table.md names the tests as they are, and no test cites what it does not hold", async () => {
  const cited = await citations();
  const known = new Set(rowsOf(text).map(({ id }) => id));
  assertEquals([...cited.keys()].filter((id) => !known.has(id)), []);
  const stale = rowsOf(text).filter(({ id, shown }) => shown.startsWith("`") && !cited.has(id));
  assertEquals(stale, []);
  assert(fillIn(text, cited) === text, "out of date: run deno task conformance");
});

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}
