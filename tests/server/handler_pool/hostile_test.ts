import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Call } from "../../../server/handler_pool/call.ts";
import { InFlight } from "../../../server/handler_pool/in_flight.ts";
import { Pending } from "../../../server/handler_pool/pending.ts";
import { planScripts } from "../../../server/handler_pool/plan.ts";
import { resolvePath, resolveScript } from "../../../server/handler_pool/resolve.ts";
import type { HandlersConfig, HandlerSpec } from "../../../server/handler_pool/mod.ts";
import { countLiveWorkers, processLocks } from "../../../session/handler/locks.ts";
import { parseFromWorker } from "../../../session/handler/messages.ts";
import { beginCall } from "../../../session/handler/shared_memory.ts";
import { BufferPool } from "../../../session/transport/buffer_pool.ts";
import { Deadlines } from "../../../session/transport/deadlines.ts";
import { forger, makeBench, makeFacts } from "./facts.ts";

const MAIN = "file:///srv/mail/main.ts";

function script(code: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

Deno.test("parseFromWorker() refuses lists that no worker of ours makes (K3)", () => {
  const sparse: unknown[] = [];
  sparse.length = 2 ** 32 - 1;
  assertEquals(parseFromWorker({ kind: "results", results: sparse, spent: [] }), null);
  assertEquals(parseFromWorker({ kind: "results", results: [], spent: sparse }), null);
  assertEquals(parseFromWorker({ kind: "logs", records: sparse }), null);
});

Deno.test("Handlers is not held up by a worker that forges an endless list of results (P5, K3)", async () => {
  const onRcptTo = forger(`
      const results = [];
      results.length = 2 ** 32 - 1;
      port.postMessage({ kind: "results", results, spent: [] });`);
  await using bench = makeBench({ onRcptTo });
  await bench.handlers.start();
  const answer = await bench.handlers.run("onRcptTo", makeFacts());
  assertEquals(answer.verdict, true);
  await bench.logged("a message that does not fit");
});

Deno.test("Handlers takes no buffer twice that a worker forges: two messages would share it (P7, K3)", async () => {
  const onRcptTo = forger(`
      const buffer = new ArrayBuffer(65_536);
      port.postMessage({ kind: "results", results: [], spent: [buffer, buffer] }, [buffer]);`);
  const buffers = new BufferPool();
  await using bench = makeBench({ onRcptTo }, { buffers });
  await bench.handlers.start();
  await bench.handlers.run("onRcptTo", makeFacts());
  assert(buffers.take().buffer !== buffers.take().buffer);
});

/** Holds a lock until it is let go. */
async function holdLock(name: string): Promise<{ letGo(): void }> {
  const held = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  processLocks().request(name, {}, () => {
    held.resolve();
    return end.promise;
  });
  await held.promise;
  return { letGo: end.resolve };
}

Deno.test("Handlers replaces a worker that ends while another still loads", async () => {
  const name = crypto.randomUUID();
  const gate = await holdLock(`${name}-gate`);
  const event = await holdLock(`${name}-event`);
  // One worker loads at once, the others once the gate is open.
  const code = script(`
    await new Promise((loaded) =>
      navigator.locks.request("${name}", { ifAvailable: true }, (lock) => {
        if (lock === null) return void navigator.locks.request("${name}-gate", () => loaded());
        loaded();
        return new Promise(() => {});
      }));
    async function secondWaits() {
      const { pending } = await navigator.locks.query();
      return pending.some((one) => one.name === "${name}-gate");
    }
    export default async (session) => {
      if (session.address === "exit") {
        while (!await secondWaits());
        Deno.exit();
      }
      if (session.address === "wait") await navigator.locks.request("${name}-event", () => {});
      session.accept = true;
    };`);
  const onRcptTo: HandlerSpec = { script: code, poolSize: 2, concurrency: 1 };
  await using bench = makeBench({ onRcptTo }, { deadline: 2_000 });
  const { handlers } = bench;
  const starting = handlers.start();
  const exited = await handlers.run("onRcptTo", makeFacts({ address: "exit" }));
  assertStringIncludes(exited.fault ?? "", "its worker ended");
  gate.letGo();
  await starting;
  const waiting = handlers.run("onRcptTo", makeFacts({ address: "wait" }));
  // One worker alone would have no room for it.
  assertEquals((await handlers.run("onRcptTo", makeFacts())).verdict, true);
  event.letGo();
  assertEquals((await waiting).verdict, true);
});

Deno.test("Handlers leaves no worker where it is stopped while it starts", async () => {
  await using bench = makeBench({ onRcptTo: script("export default () => {};") });
  const starting = assertRejects(() => bench.handlers.start(), Error, "stopped");
  await bench.handlers.stop();
  await starting;
  assertEquals(await countLiveWorkers(), 0);
});

Deno.test("InFlight knows what was begun past the 32 bits of its ledger", () => {
  const deadlines = new Deadlines(1_000);
  const inFlight = new InFlight(4, 2 ** 31);
  const calls = Array.from({ length: 3 }, () => {
    const pending = new Pending(deadlines, deadlines.now + 60_000, () => {});
    return new Call("onRcptTo", makeFacts(), pending);
  });
  for (const call of calls) inFlight.add(call, () => {});
  const [[first]] = inFlight.takeBatch();
  assertEquals([first, beginCall(inFlight.ledger, first)], [2 ** 31 + 1, true]);
  assertEquals(inFlight.takeUnbegun(), calls.slice(1));
  deadlines.close();
});

Deno.test("InFlight does not count what it gave up before it was posted", () => {
  const deadlines = new Deadlines(1_000);
  const inFlight = new InFlight(4);
  const pending = new Pending(deadlines, deadlines.now + 60_000, () => {});
  inFlight.add(new Call("onRcptTo", makeFacts(), pending), (id) => inFlight.giveUp(id));
  pending.expire();
  assertEquals(inFlight.takeBatch(), []);
  assertEquals([inFlight.size, inFlight.givenUp], [0, 0]);
  deadlines.close();
});

Deno.test("resolveScript() and resolvePath() refuse URLs that are no file of this machine, by name", () => {
  for (const href of ["file:///a%2Fb.ts", "https://example.com/x"]) {
    assertThrows(() => resolvePath(new URL(href), MAIN, '"read" grant'), TypeError, '"read" grant');
  }
  const encoded = new URL("file:///a%2Fb.ts");
  assertThrows(() => resolveScript(encoded, MAIN), TypeError, "Cannot resolve handler script");
});

Deno.test("planScripts() refuses a key that it does not know: a grant or a limit may be meant", () => {
  const spec = { script: "x.ts", permission: "inherit" } as HandlerSpec;
  const config = { handlers: { onRcptTo: spec }, poolSize: 1, deadline: 1, mainModule: MAIN };
  assertThrows(
    () => planScripts(config as unknown as HandlersConfig),
    TypeError,
    'Cannot set onRcptTo: a handler may have script, permissions, timeout, poolSize, concurrency, got "permission"',
  );
});
