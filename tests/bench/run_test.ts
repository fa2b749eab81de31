import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Contender } from "./contender.ts";
import { checkCount, type Plan, runPlan, turn } from "./run.ts";

interface Log {
  readonly events: string[];
}

/** A contender that is no process, and says it received so many messages of each ten sent. */
function fake(name: string, log: Log, ofTen: number | null): Contender {
  const count = { received: 0 };
  return {
    name,
    title: name,
    missing: () => Promise.resolve(null),
    start: () => {
      log.events.push(`start ${name}`);
      return Promise.resolve({
        port: 1,
        pid: -1,
        received: () => {
          if (ofTen === null) return Promise.resolve(null);
          const { received } = count;
          count.received += ofTen;
          return Promise.resolve(received);
        },
        stop: () => {
          log.events.push(`stop ${name}`);
          return Promise.resolve();
        },
      });
    },
  };
}

function plan(contenders: Contender[], rounds: number): Plan {
  const load = { name: "", title: "", connections: 1, octets: 1, recipients: 1, messages: 1 };
  const run = () => Promise.resolve({ sent: 10, rate: 500 });
  return {
    contenders,
    load: { ...load, kept: true },
    loader: { name: "", present: () => Promise.resolve(true), run },
    rounds,
    messages: 10,
    progress: () => {},
  };
}

Deno.test("turn() begins one place later in each round", () => {
  assertEquals([0, 1, 2, 3].map((round) => turn(["a", "b", "c"], round).join("")), [
    "abc",
    "bca",
    "cab",
    "abc",
  ]);
  assertEquals(turn([], 1), []);
});

Deno.test("checkCount() refuses lost and doubled mail", () => {
  checkCount("x", 7, 7);
  assertThrows(() => checkCount("x", 7, 6), Error, "x: it accepted 7 messages, and says it");
  assertThrows(() => checkCount("x", 7, 8), Error, "received 8");
});

Deno.test("runPlan() gives a sample for each round and stops every server", async () => {
  const log: Log = { events: [] };
  const outcomes = await runPlan(plan([fake("a", log, null), fake("b", log, null)], 3));
  assertEquals(outcomes.map((outcome) => outcome.samples.length), [3, 3]);
  assertEquals(outcomes[0].samples[0], { rate: 500, cpu: null });
  assertEquals(log.events, ["start a", "start b", "stop a", "stop b"]);
});

Deno.test("runPlan() fails when a server lost a message, and stops every server", async () => {
  const log: Log = { events: [] };
  const error = await assertRejects(
    () => runPlan(plan([fake("a", log, 10), fake("b", log, 9)], 1)),
    Error,
  );
  assertEquals(
    error.message,
    "Cannot trust b: it accepted 10 messages, and says it received 9",
  );
  assertEquals(log.events, ["start a", "start b", "stop a", "stop b"]);
});

Deno.test("runPlan() stops the servers that did start when one does not", async () => {
  const log: Log = { events: [] };
  const broken: Contender = {
    ...fake("b", log, null),
    start: () => Promise.reject(new Error("no port")),
  };
  await assertRejects(() => runPlan(plan([fake("a", log, null), broken], 1)), Error, "no port");
  assertEquals(log.events, ["start a", "stop a"]);
});
