import { assertEquals } from "@std/assert";
import { type DeadlineHolder, Deadlines } from "../../../session/transport/deadlines.ts";

interface Clock {
  now: number;
}

function holder(deadline: number, log: string[], name: string): DeadlineHolder {
  return { deadline, expire: () => log.push(name) };
}

const TICK = 10;

/** A watch whose clock the test moves, a tick at a time at the most. */
function watch(): { deadlines: Deadlines; pass(time: number): void } {
  const clock: Clock = { now: 1_000 };
  const deadlines = new Deadlines(TICK, () => clock.now);
  return {
    deadlines,
    pass(time): void {
      for (; time > 0; time -= TICK) {
        clock.now += Math.min(time, TICK);
        deadlines.check();
      }
    },
  };
}

Deno.test("Deadlines expires a holder once, never early, and two ticks late at the most (P8)", () => {
  const { deadlines, pass } = watch();
  const log: string[] = [];
  const early = holder(deadlines.now + 100, log, "early");
  deadlines.add(early);
  deadlines.add(holder(deadlines.now + 200, log, "late"));
  pass(100);
  assertEquals(log, []);
  pass(2 * TICK);
  assertEquals(log, ["early"]);
  assertEquals(early.deadline, 0);
  pass(500);
  assertEquals(log, ["early", "late"]);
  deadlines.close();
});

Deno.test("Deadlines leaves a holder without a deadline alone, and heeds one that is set later", () => {
  const { deadlines, pass } = watch();
  const log: string[] = [];
  const idle = holder(0, log, "idle");
  deadlines.add(idle);
  pass(5_000);
  assertEquals(log, []);
  idle.deadline = deadlines.now + 10;
  pass(10 + 2 * TICK);
  assertEquals(log, ["idle"]);
  deadlines.close();
});

Deno.test("Deadlines does not count the time in which the process was stopped (K7)", () => {
  const clock: Clock = { now: 1_000 };
  const log: string[] = [];
  const deadlines = new Deadlines(TICK, () => clock.now);
  deadlines.add(holder(deadlines.now + 1_000, log, "waiting"));
  clock.now += 60_000;
  deadlines.check();
  assertEquals(log, []);
  for (let i = 0; i < 100 + 2; i++) {
    clock.now += TICK;
    deadlines.check();
  }
  assertEquals(log, ["waiting"]);
  deadlines.close();
});

Deno.test("Deadlines lets a holder remove itself and others while it expires", () => {
  const { deadlines, pass } = watch();
  const log: string[] = [];
  const second = holder(deadlines.now + 50, log, "second");
  const first: DeadlineHolder = {
    deadline: deadlines.now + 50,
    expire: () => {
      log.push("first");
      deadlines.delete(first);
      deadlines.delete(second);
    },
  };
  deadlines.add(first);
  deadlines.add(second);
  pass(100);
  assertEquals(log, ["first"]);
  assertEquals(deadlines.size, 0);
});

Deno.test("Deadlines looks by itself at each tick (P8)", async () => {
  const deadlines = new Deadlines(1);
  const expired = Promise.withResolvers<void>();
  const waiting = { deadline: deadlines.now + 2, expire: () => expired.resolve() };
  deadlines.add(waiting);
  await expired.promise;
  deadlines.delete(waiting);
  // Forgetting a holder that is not there starts or stops nothing; the sanitizer sees a timer that is left.
  deadlines.delete(waiting);
});

Deno.test("Deadlines ends its interval once nothing is watched, and begins it again (P17)", () => {
  const { deadlines, pass } = watch();
  const log: string[] = [];
  const first = holder(0, log, "first");
  deadlines.add(first);
  deadlines.delete(first);
  pass(5 * TICK);
  deadlines.add(holder(deadlines.now + 10, log, "second"));
  pass(10 + 2 * TICK);
  assertEquals(log, ["second"]);
  deadlines.close();
});
