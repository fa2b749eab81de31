import { assertEquals, assertThrows } from "@std/assert";
import { parseOptions } from "./options.ts";

Deno.test("parseOptions() has defaults", () => {
  assertEquals(parseOptions([]), {
    load: null,
    rounds: 5,
    seconds: 1.2,
    messages: null,
    only: null,
    loader: null,
    quick: false,
    million: false,
    write: false,
    json: false,
    help: false,
  });
});

Deno.test("parseOptions() reads every option", () => {
  const args =
    "--load a,g --rounds 2 --seconds 0.5 --messages=200 --only null,workers --loader own --json";
  const { load, rounds, seconds, messages, only, loader, json } = parseOptions(args.split(" "));
  assertEquals([load, only], [["a", "g"], ["null", "workers"]]);
  assertEquals([rounds, seconds, messages, loader, json], [2, 0.5, 200, "own", true]);
  const { write, million } = parseOptions(["--write", "--million"]);
  assertEquals([write, million], [true, true]);
});

Deno.test("parseOptions() measures less with --quick, unless it is told how much", () => {
  const { rounds, seconds } = parseOptions(["--quick"]);
  assertEquals([rounds, seconds], [2, 0.4]);
  assertEquals(parseOptions(["--quick", "--rounds", "9"]).rounds, 9);
});

Deno.test("parseOptions() refuses numbers out of bounds and unknown options", () => {
  assertThrows(
    () => parseOptions(["--rounds", "0"]),
    TypeError,
    '"--rounds" must be 1 to 100, got 0',
  );
  assertThrows(() => parseOptions(["--messages", "1e9"]), TypeError, "got 1e9");
  assertThrows(() => parseOptions(["--messages", "x"]), TypeError, "got x");
  assertThrows(() => parseOptions(["--seconds", "0"]), TypeError, "must be 0.1 to 60, got 0");
  assertThrows(() => parseOptions(["--round", "1"]), TypeError, "--round");
});
