import { assert, assertEquals } from "@std/assert";
import { makeBench, makeFacts } from "./facts.ts";

function dataUrl(code: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** Settles when its address says "go", together with all that wait. */
const GATE = dataUrl(`const waiting = [];
export default (session) => new Promise((resolve) => {
  waiting.push(() => { session.accept = true; session.state.order = waiting.length; resolve(); });
  if (session.address === "go") for (const go of waiting.splice(0)) go();
});`);

Deno.test("Pool posts the events of one turn of the event loop in one message", async () => {
  await using bench = makeBench({ onMailFrom: "verdicts.ts" });
  await bench.handlers.start();
  const post = MessagePort.prototype.postMessage;
  const posted: unknown[] = [];
  MessagePort.prototype.postMessage = function (message: unknown, transfer?: unknown): void {
    posted.push(message);
    post.call(this, message, transfer as StructuredSerializeOptions);
  };
  try {
    const answers = [];
    for (let i = 0; i < 5; i++) {
      answers.push(bench.handlers.run("onMailFrom", makeFacts()));
      await null;
    }
    await Promise.all(answers);
  } finally {
    MessagePort.prototype.postMessage = post;
  }
  assertEquals(posted.length, 1);
});

Deno.test("Pool queues what is past the concurrency of its workers, in order", async () => {
  await using bench = makeBench({ onMailFrom: { script: GATE, concurrency: 2, poolSize: 1 } });
  await bench.handlers.start();
  const run = (address: string): unknown =>
    bench.handlers.run("onMailFrom", makeFacts({ address }));
  // Two wait in the worker, so that "go" stays in the queue: nobody is let through.
  const stuck = [run("a"), run("b"), run("go")];
  const first = await Promise.race([...stuck, new Promise((resolve) => setTimeout(resolve, 50))]);
  assertEquals(first, undefined);
  await bench.handlers.stop();
  for (const answer of await Promise.all(stuck)) {
    assertEquals((answer as { fault: string }).fault, "stopped: the server ended");
  }
});

Deno.test("Pool serves many more events than its concurrency", async () => {
  await using bench = makeBench({
    onMailFrom: { script: "verdicts.ts", concurrency: 2, poolSize: 2 },
  });
  await bench.handlers.start();
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => bench.handlers.run("onMailFrom", makeFacts())),
  );
  assert(answers.every(({ verdict }) => verdict === true));
});

Deno.test("Pool counts the deadline from queuing, and bounds the queue (P7, P8)", async () => {
  await using bench = makeBench({ onMailFrom: { script: GATE, concurrency: 1, timeout: 500 } }, {
    tuning: { queue: 2 },
  });
  await bench.handlers.start();
  const answers = await Promise.all(
    ["a", "b", "c", "d"].map((address) => bench.handlers.run("onMailFrom", makeFacts({ address }))),
  );
  assertEquals(answers.map(({ fault }) => fault?.slice(0, 4)), ["late", "late", "late", "too "]);
  // Those that expired in the queue take no room there.
  assertEquals(
    (await bench.handlers.run("onMailFrom", makeFacts({ address: "go" }))).verdict,
    true,
  );
});

Deno.test("Pool replaces a worker that holds too many events that were given up", async () => {
  const code =
    `export default (s) => s.address === "never" ? new Promise(() => {}) : void (s.accept = true);`;
  const spec = { script: dataUrl(code), concurrency: 2, timeout: 40 };
  await using bench = makeBench({ onMailFrom: spec });
  await bench.handlers.start();
  for (let i = 0; i < 3; i++) {
    await bench.handlers.run("onMailFrom", makeFacts({ address: "never" }));
  }
  await bench.logged("holds too much");
  // An event has 40 ms here; the new worker may need more for its start.
  let verdict: boolean | null = null;
  while (verdict === null) {
    verdict = (await bench.handlers.run("onMailFrom", makeFacts({ address: "x" }))).verdict;
  }
  assertEquals(verdict, true);
});

Deno.test("Pool keeps each event's own timeout, though they share workers", async () => {
  await using bench = makeBench({
    onMailFrom: { script: GATE, timeout: 30 },
    onRcptTo: { script: GATE, timeout: 60_000 },
  });
  await bench.handlers.start();
  const rcpt = bench.handlers.run("onRcptTo", makeFacts({ address: "wait" }));
  const mail = await bench.handlers.run("onMailFrom", makeFacts({ address: "wait" }));
  assertEquals(mail.fault?.slice(0, 4), "late");
  await bench.handlers.run("onRcptTo", makeFacts({ address: "go" }));
  assertEquals((await rcpt).verdict, true);
});
