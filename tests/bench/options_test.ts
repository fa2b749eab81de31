import { assertEquals, assertThrows } from "@std/assert";
import { parseOptions } from "./options.ts";

Deno.test("parseOptions() has defaults", () => {
  assertEquals(parseOptions([]), {
    rounds: 5,
    messages: null,
    only: null,
    loader: null,
    json: false,
    help: false,
  });
});

Deno.test("parseOptions() reads every option", () => {
  const args = "--rounds 2 --messages=200 --only null,workers --loader own --json".split(" ");
  const { rounds, messages, only, loader, json } = parseOptions(args);
  assertEquals([rounds, messages, only, loader, json], [2, 200, ["null", "workers"], "own", true]);
});

Deno.test("parseOptions() refuses numbers out of bounds and unknown options", () => {
  assertThrows(
    () => parseOptions(["--rounds", "0"]),
    TypeError,
    '"--rounds" must be 1 to 100, got 0',
  );
  assertThrows(() => parseOptions(["--messages", "1e9"]), TypeError, "got 1e9");
  assertThrows(() => parseOptions(["--messages", "x"]), TypeError, "got x");
  assertThrows(() => parseOptions(["--round", "1"]), TypeError, "--round");
});
