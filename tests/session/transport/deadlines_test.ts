import { assertEquals } from "@std/assert";
import { type DeadlineHolder, Deadlines } from "../../../session/transport/deadlines.ts";

interface Clock {
  now: number;
}

function holder(deadline: number, log: string[], name: string): DeadlineHolder {
  return { deadline, expire: () => log.push(name) };
}

Deno.test("Deadlines expires a holder once its moment has come, and once only (P8)", () => {
  const clock: Clock = { now: 1_000 };
  const log: string[] = [];
  const deadlines = new Deadlines(60_000, () => clock.now);
  const early = holder(2_000, log, "early");
  deadlines.add(early);
  deadlines.add(holder(3_000, log, "late"));
  deadlines.check();
  assertEquals(log, []);
  clock.now = 2_000;
  deadlines.check();
  assertEquals(log, ["early"]);
  assertEquals(early.deadline, 0);
  clock.now = 5_000;
  deadlines.check();
  deadlines.check();
  assertEquals(log, ["early", "late"]);
  deadlines.close();
});

Deno.test("Deadlines leaves a holder without a deadline alone, and heeds one that is set later", () => {
  const clock: Clock = { now: 1_000 };
  const log: string[] = [];
  const deadlines = new Deadlines(60_000, () => clock.now);
  const idle = holder(0, log, "idle");
  deadlines.add(idle);
  clock.now = 1e9;
  deadlines.check();
  assertEquals(log, []);
  idle.deadline = deadlines.now + 10;
  clock.now += 10;
  deadlines.check();
  assertEquals(log, ["idle"]);
  deadlines.close();
});

Deno.test("Deadlines lets a holder remove itself and others while it expires", () => {
  const log: string[] = [];
  const deadlines = new Deadlines(60_000, () => 100);
  const second = holder(50, log, "second");
  const first: DeadlineHolder = {
    deadline: 50,
    expire: () => {
      log.push("first");
      deadlines.delete(first);
      deadlines.delete(second);
    },
  };
  deadlines.add(first);
  deadlines.add(second);
  deadlines.check();
  assertEquals(log, ["first"]);
  assertEquals(deadlines.size, 0);
});

Deno.test("Deadlines looks by itself at each tick, and leaves no interval behind (P8)", async () => {
  const deadlines = new Deadlines(1);
  const expired = Promise.withResolvers<void>();
  const waiting = { deadline: deadlines.now + 2, expire: () => expired.resolve() };
  deadlines.add(waiting);
  await expired.promise;
  deadlines.delete(waiting);
  // Forgetting a holder that is not there starts or stops nothing; the sanitizer sees a timer that is left.
  deadlines.delete(waiting);
});
