import { assertEquals, assertThrows } from "@std/assert";
import type { Contender } from "./contender.ts";
import { SMALL } from "./loads.ts";
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
    cannot: () => null,
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
  const result = { sent: 10, rate: 500, latency: 3, busy: 0.5, serverCpu: null };
  const run = () => Promise.resolve(result);
  const present = () => Promise.resolve(true);
  return {
    contenders,
    load: SMALL,
    loader: { name: "", present, can: () => true, run },
    certificate: null,
    rounds,
    messages: 10,
    seconds: 1,
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
  const { outcomes } = await runPlan(plan([fake("a", log, null), fake("b", log, null)], 3));
  assertEquals(outcomes.map((outcome) => outcome.samples.length), [3, 3]);
  assertEquals(outcomes[0].samples[0], { value: 500, cpu: null, busy: 0.5 });
  assertEquals(log.events, ["start a", "start b", "stop a", "stop b"]);
});

Deno.test("runPlan() takes latencies where the load asks for them", async () => {
  const log: Log = { events: [] };
  const load = { ...SMALL, measure: "latency" as const };
  const { outcomes } = await runPlan({ ...plan([fake("a", log, null)], 1), load });
  assertEquals(outcomes[0].samples[0].value, 3);
});

Deno.test("runPlan() sends as many messages as fit into a round's time", async () => {
  const log: Log = { events: [] };
  const counts: number[] = [];
  const given = plan([fake("a", log, null)], 1);
  const loader = {
    ...given.loader,
    run: (_: unknown, __: unknown, messages: number) => {
      counts.push(messages);
      const result = { sent: messages, rate: 500, latency: null, busy: null, serverCpu: null };
      return Promise.resolve(result);
    },
  };
  await runPlan({ ...given, loader, messages: null, seconds: 2 });
  // A cold run, a warm one, and the round.
  assertEquals(counts, [400, 1000, 1000]);
  counts.length = 0;
  await runPlan({ ...given, loader, messages: null, seconds: 0.01 });
  // Each connection sends at least once.
  assertEquals(counts.slice(1), [32, 32]);
});

Deno.test("runPlan() drops a server that lost a message, and stops every server", async () => {
  const log: Log = { events: [] };
  const result = await runPlan(plan([fake("a", log, 10), fake("b", log, 9)], 1));
  assertEquals(result.outcomes.map(({ contender }) => contender.name), ["a"]);
  const reason = "Cannot trust b: it accepted 10 messages, and says it received 9";
  assertEquals(result.failed, [{ name: "b", reason }]);
  assertEquals(log.events, ["start a", "start b", "stop b", "stop a"]);
});

Deno.test("runPlan() goes on with the servers that did start when one does not", async () => {
  const log: Log = { events: [] };
  const broken: Contender = {
    ...fake("b", log, null),
    start: () => Promise.reject(new Error("no port")),
  };
  const { outcomes, failed } = await runPlan(plan([broken, fake("a", log, null)], 1));
  assertEquals(failed, [{ name: "b", reason: "no port" }]);
  assertEquals(outcomes.length, 1);
  assertEquals(log.events, ["start a", "stop a"]);
});
