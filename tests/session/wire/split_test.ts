import { assert, assertEquals, assertThrows } from "@std/assert";
import { cut, everySplit, octets, Random, single, splits, text } from "../../helpers/split.ts";

Deno.test("everySplit() hands out all of the input, whatever the portions", () => {
  const joined = everySplit(octets("abcdef\0\xff"), (chunks) => chunks.map(text).join(""));
  assertEquals(joined, "abcdef\0\xff");
});

Deno.test("everySplit() finds a reader that depends on the portions", () => {
  assertThrows(() => everySplit(octets("abcdef"), (chunks) => chunks.length));
  // This one goes wrong only where CR and LF are apart.
  const faulty = (chunks: readonly Uint8Array[]): number =>
    chunks.filter((chunk) => text(chunk).includes("\r\n")).length;
  assertThrows(() => everySplit(octets("a\r\nb"), faulty));
});

Deno.test("splits() tries each octet alone, every cut in two, every cut in three, and random ones", () => {
  const names = [...splits(octets("abc"), new Random(), { random: 5 })].map(([name]) => name);
  assertEquals(names.filter((name) => name === "byte by byte").length, 1);
  assertEquals(names.filter((name) => !name.includes(",") && name.startsWith("cut")).length, 4);
  assertEquals(names.filter((name) => name.includes("seed")).length, 5);
  assertEquals(names.length, 1 + 4 + 10 + 5);
});

Deno.test("cut() and single() give copies, so that a reader that keeps a view is caught", () => {
  const input = octets("abc");
  for (const chunk of [...cut(input, [1]), ...single(input)]) chunk.fill(0);
  assertEquals(text(input), "abc");
});

Deno.test("Random gives the same numbers for the same seed, and others for another", () => {
  function ten(seed: number): number[] {
    const random = new Random(seed);
    return Array.from({ length: 10 }, () => random.below(1000));
  }
  assertEquals(ten(1), ten(1));
  const pinned = Deno.env.get("SMTP_TEST_SEED") !== undefined;
  if (!pinned) assert(ten(1).join() !== ten(2).join());
  assert(ten(3).every((value) => value >= 0 && value < 1000));
});
