import { assert, assertEquals } from "@std/assert";
import { makeBench, makeFacts } from "./facts.ts";

Deno.test("Handlers.run() answers at once where a function is synchronous", async () => {
  await using bench = makeBench({ onMailFrom: (session) => void (session.accept = true) });
  const answer = bench.handlers.run("onMailFrom", makeFacts());
  assert(!(answer instanceof Promise));
  assertEquals(answer.verdict, true);
});

Deno.test("Handlers.run() waits for a function that is asynchronous (P1)", async () => {
  const commit = Promise.withResolvers<void>();
  await using bench = makeBench({
    onReceive: async (session) => {
      session.received = true;
      await commit.promise;
    },
  });
  let answered = false;
  const answer = Promise.resolve(bench.handlers.run("onReceive", makeFacts())).then((got) => {
    answered = true;
    return got;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assertEquals(answered, false);
  commit.resolve();
  assertEquals((await answer).verdict, true);
});

Deno.test("Handlers.run() faults where a function throws, rejects or is late, and says so (K3)", async () => {
  await using bench = makeBench({
    onConnect: function greet(): void {
      throw new TypeError("on\r\npurpose");
    },
    onMailFrom: () => Promise.reject("a text"),
    onRcptTo: () => new Promise(() => {}),
  }, { deadline: 20 });
  for (const event of ["onConnect", "onMailFrom", "onRcptTo"] as const) {
    const answer = await bench.handlers.run(event, makeFacts());
    assert(answer.fault !== null && answer.verdict === null);
  }
  assertEquals(bench.faults, [
    ["function greet", "onConnect", "threw TypeError: on\\x0d\\x0apurpose"],
    ["function onMailFrom", "onMailFrom", "threw a text"],
    ["function onRcptTo", "onRcptTo", "late: it had not settled by its deadline"],
  ]);
});

Deno.test("Handlers.run() reports a verdict that was left open, but for events that need none", async () => {
  await using bench = makeBench({
    onConnect: () => {},
    onLogin: () => {},
    onReceive: async () => {},
    onDisconnect: () => {},
  });
  for (const event of ["onConnect", "onLogin", "onReceive", "onDisconnect"] as const) {
    assertEquals((await bench.handlers.run(event, makeFacts())).fault, null);
  }
  assertEquals(bench.faults.map(([, event, reason]) => [event, reason]), [
    ["onLogin", "settled without setting session.authenticated"],
    ["onReceive", "settled without setting session.received"],
  ]);
});

Deno.test("Handlers.run() reports no open verdict where a secret was given", async () => {
  await using bench = makeBench({ onLogin: (session) => void (session.secret = "s") });
  await bench.handlers.run("onLogin", makeFacts());
  assertEquals(bench.faults, []);
});

Deno.test("Handlers.run() faults where there is no handler", async () => {
  await using bench = makeBench({ onLogin: null });
  assertEquals(bench.handlers.has("onLogin"), false);
  assert((await bench.handlers.run("onLogin", makeFacts())).fault !== null);
});

Deno.test("Handlers.stop() settles what is under way", async () => {
  await using bench = makeBench({ onRcptTo: () => new Promise(() => {}) });
  const answer = bench.handlers.run("onRcptTo", makeFacts());
  assertEquals(await bench.handlers.stop(), { runaways: 0 });
  assertEquals((await answer).fault, "stopped: the server ended");
});
