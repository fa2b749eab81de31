import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { checkNames, chooseLoader, findPresent, reasonOf } from "./choose.ts";
import { parseTimes } from "./loaders/smtp_source.ts";
import type { Loader } from "./load.ts";
import { isMeant, LOADS, SMALL } from "./loads.ts";
import { ascii, countReplies, spread } from "./programs/dialogue.ts";

Deno.test("countReplies() counts whole replies, and says -1 for any other", () => {
  const [two, three] = [50, 51];
  const count = (text: string, ...digits: number[]): number => countReplies(ascii(text), digits);
  assertEquals(count("250 OK\r\n", two), 1);
  assertEquals(count("250-a\r\n250 b\r\n", two), 1);
  assertEquals(count("250-a\r\n", two), 0);
  assertEquals(count("250 a\r\n250 b\r\n354 c\r\n", two, two, three), 3);
  assertEquals(count("250 a\r\n250 b\r\n", two), 2);
  assertEquals(count("250 a\r\n550 b\r\n", two, two), -1);
  assertEquals(count("2\r\n", two), -1);
  assertEquals(count("250OK\r\n", two), -1);
});

Deno.test("spread() runs every task once, so many at a time", async () => {
  const seen: number[] = [];
  let most = 0;
  let now = 0;
  await spread(10, 3, async (at) => {
    most = Math.max(most, ++now);
    await Promise.resolve();
    seen.push(at);
    now--;
  });
  assertEquals(seen.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(most, 3);
});

Deno.test("parseTimes() adds up the children's times of two shells", () => {
  assertEquals(parseTimes("0m0.010s 0m0.020s\n1m1.500s 0m0.250s\n"), 61_750);
  assertEquals(parseTimes("0m0.000000s 0m0.000000s\n0m0.120000s 0m0.030000s\n"), 150);
  assertEquals(parseTimes("something else"), null);
});

Deno.test("isMeant() takes a name or the part before a hyphen", () => {
  assertEquals(LOADS.filter(({ name }) => isMeant("g", name)).map(({ name }) => name), [
    "g",
    "g-new",
  ]);
  assertEquals(LOADS.filter(({ name }) => isMeant("g-new", name)).length, 1);
  assertEquals(new Set(LOADS.map(({ name }) => name)).size, LOADS.length);
});

function loader(name: string, there: boolean, able: boolean): Loader {
  return {
    name,
    present: () => Promise.resolve(there),
    can: () => able,
    run: () => Promise.reject(new Error("is not run")),
  };
}

Deno.test("chooseLoader() takes the first that is there and able", async () => {
  const all = [loader("a", false, true), loader("b", true, false), loader("c", true, true)];
  assertEquals((await chooseLoader(all, null, SMALL)).name, "c");
  await assertRejects(() => chooseLoader(all, "b", SMALL), TypeError, "got b");
});

Deno.test("findPresent() says who is left out, and why", async () => {
  const all = [
    { name: "a", missing: () => Promise.resolve(null) },
    { name: "b", missing: () => Promise.resolve("gone") },
    { name: "c", missing: () => Promise.resolve(null) },
  ];
  const { present, leftOut } = await findPresent(all, null, ["c"]);
  assertEquals(present.map(({ name }) => name), ["a"]);
  assertEquals(leftOut, [
    { name: "b", reason: "gone" },
    { name: "c", reason: "not with --quick" },
  ]);
  const asked = await findPresent(all, ["c"], ["c"]);
  assertEquals(asked.present.map(({ name }) => name), ["c"]);
});

Deno.test("checkNames() refuses a name that means nobody", () => {
  checkNames("--only", ["a"], (name) => name === "a", ["a"]);
  assertThrows(
    () => checkNames("--only", ["x"], () => false, ["a", "b"]),
    TypeError,
    '"--only" must be of a, b, got x',
  );
});

Deno.test("reasonOf() keeps the first and the last of many lines", () => {
  assertEquals(reasonOf(new Error("one")), "one");
  assertEquals(reasonOf(new Error("one\n  two\n\nthree\n")), "one … three");
});
