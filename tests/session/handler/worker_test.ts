import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { countLiveWorkers, LOCK_PREFIX } from "../../../session/handler/locks.ts";
import { packCalls } from "../../../session/handler/calls.ts";
import {
  type FromWorker,
  type InitMessage,
  type LogMessage,
  PROTOCOL_VERSION,
  type ResultMessage,
  type ToWorker,
} from "../../../session/handler/messages.ts";
import { makeLedger, makeMailbox, takeBackCall } from "../../../session/handler/shared_memory.ts";
import { type EventName, faultAnswer } from "../../../session/handler/session.ts";
import { WORKER_HALF } from "../../../session/handler/worker.ts";
import { makeFacts } from "../../server/handler_pool/facts.ts";

/** The worker half on its own, spoken to by hand. */
class Half implements AsyncDisposable {
  readonly ledger = makeLedger(4);
  readonly mailbox = makeMailbox();
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #said: FromWorker[] = [];
  #wake: () => void = () => {};

  constructor(init: Partial<InitMessage>, module: string | null) {
    const load = module === null
      ? "null"
      : `() => import("data:text/javascript,${encodeURIComponent(module)}")`;
    const entry = `import { serve } from ${JSON.stringify(WORKER_HALF)}; serve(${load});`;
    this.#worker = new Worker(`data:text/javascript,${encodeURIComponent(entry)}`, {
      type: "module",
      deno: { permissions: "none" },
    });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }): void => {
      this.#said.push(data);
      this.#wake();
    };
    this.#worker.postMessage({
      version: PROTOCOL_VERSION,
      lock: `${LOCK_PREFIX}${crypto.randomUUID()}`,
      events: ["onMailFrom"],
      source: null,
      url: "file:///handler.js",
      ledger: this.ledger,
      mailbox: this.mailbox,
      ...init,
    }, [port2]);
  }

  /** Hands it events, numbered from 1. */
  call(...events: EventName[]): void {
    this.say(packCalls(events.map((event, i) => [i + 1, event, makeFacts()]), []));
  }

  /** Hands it a message, in its mailbox. */
  receive(...octets: number[]): void {
    const facts = makeFacts({ body: [Uint8Array.from(octets)] });
    this.say(packCalls([[1, "onReceive", facts]], [], this.mailbox));
  }

  say(message: ToWorker): void {
    this.#port.postMessage(message);
  }

  async next(): Promise<FromWorker> {
    while (this.#said.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#said.shift() as FromWorker;
  }

  /** Sends a message that a script may wait for. */
  wake(): void {
    this.#worker.postMessage("wake");
  }

  /** Waits until the script has loaded. */
  async ready(): Promise<void> {
    assertEquals(await this.next(), { kind: "locked" });
    assertEquals(await this.next(), { kind: "ready" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#port.close();
    this.#worker.terminate();
    while (await countLiveWorkers() > 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What it says of calls that it has taken, or has answered later. */
function results(results: readonly ResultMessage[], taken: boolean): FromWorker {
  return { kind: "results", taken, results, spent: [] };
}

const ACCEPT = "export default (session) => { session.accept = true; }";

Deno.test("serve() holds its lock, loads, and answers a batch in one message", async () => {
  await using half = new Half({}, ACCEPT);
  await half.ready();
  assertEquals(await countLiveWorkers(), 1);
  half.call("onMailFrom", "onMailFrom", "onMailFrom");
  assertEquals(await half.next(), results([[1, true], [2, true], [3, true]], true));
});

/** The answer to a batch of calls none of which was answered at once: they were taken. */
const TAKEN = results([], true);

Deno.test("serve() says that it has taken the calls, and gathers the answers of one turn of the event loop", async () => {
  const module = "export default async (session) => { await null; session.accept = true; }";
  await using half = new Half({}, module);
  await half.ready();
  half.call("onMailFrom", "onMailFrom");
  assertEquals(await half.next(), TAKEN);
  assertEquals(await half.next(), results([[1, true], [2, true]], false));
});

Deno.test("serve() keeps a message that it still needs when its mailbox is used again", async () => {
  const module = `export default async (session) => {
    await new Promise((resolve) => addEventListener("message", resolve));
    session.received = session.raw.join() === "1,2,3";
  }`;
  await using half = new Half({ events: ["onReceive"] }, module);
  await half.ready();
  half.receive(1, 2, 3);
  assertEquals(await half.next(), TAKEN);
  assertEquals([...half.mailbox.subarray(0, 3)], [1, 2, 3]);
  half.mailbox.fill(9, 0, 3);
  half.wake();
  assertEquals(await half.next(), results([[1, true]], false));
});

Deno.test("serve() answers a ping", async () => {
  await using half = new Half({}, ACCEPT);
  await half.ready();
  half.say({ kind: "ping", id: 5 });
  assertEquals(await half.next(), { kind: "pong", id: 5 });
});

Deno.test("serve() writes down what it begins, and begins nothing that was taken back", async () => {
  await using half = new Half({}, ACCEPT);
  await half.ready();
  assertEquals(takeBackCall(half.ledger, 2), true);
  half.call("onMailFrom", "onMailFrom", "onMailFrom");
  const takenBack = faultAnswer("taken back before it was begun");
  assertEquals(await half.next(), results([[1, true], [2, takenBack], [3, true]], true));
  assertEquals([1, 2, 3].map((id) => takeBackCall(half.ledger, id)), [false, false, false]);
});

Deno.test("serve() prefers the export named for the event", async () => {
  const module = `${ACCEPT}; export const onRcptTo = (session) => { session.accept = false; }`;
  await using half = new Half({ events: ["onMailFrom", "onRcptTo"] }, module);
  await half.ready();
  half.call("onMailFrom", "onRcptTo");
  assertEquals(await half.next(), results([[1, true], [2, false]], true));
});

Deno.test("serve() runs a plain script", async () => {
  await using half = new Half({ source: "infinity.smtp.session.accept = true" }, null);
  await half.ready();
  half.call("onMailFrom");
  assertEquals(await half.next(), TAKEN);
  assertEquals(await half.next(), results([[1, true]], false));
});

Deno.test("serve() refuses what is no handler, with the reason", async () => {
  const table: [Partial<InitMessage>, string | null, string][] = [
    [{}, "export const onLogin = () => {}", 'must export a function "onMailFrom"'],
    [{}, "export const onMailFrom = 1; export default () => {}", '"onMailFrom"'],
    [{}, "throw new RangeError('at load')", "RangeError: at load"],
    [{}, "export default (", "SyntaxError"],
    [{ source: "export default 1" }, null, "SyntaxError"],
  ];
  for (const [init, module, reason] of table) {
    await using half = new Half(init, module);
    assertEquals(await half.next(), { kind: "locked" });
    const message = await half.next();
    assert(message.kind === "refused", message.kind);
    assertStringIncludes(message.reason, reason);
  }
});

Deno.test("serve() refuses another version of the protocol", async () => {
  await using half = new Half({ version: PROTOCOL_VERSION + 1 }, ACCEPT);
  const message = await half.next();
  assert(message.kind === "refused");
  assertStringIncludes(message.reason, "version");
});

Deno.test("serve() bounds what it sends to the log", async () => {
  const module = `export default (session) => {
    for (let i = 0; i < 1000; i++) Promise.reject(new Error("x".repeat(5000)));
    return new Promise((resolve) => setTimeout(() => { session.accept = true; resolve(); }, 1));
  }`;
  await using half = new Half({}, module);
  await half.ready();
  half.call("onMailFrom");
  assertEquals(await half.next(), TAKEN);
  let logs = 0;
  for (let message = await half.next(); message.kind !== "results"; message = await half.next()) {
    assert(message.kind === "logs");
    assert((message.records[0] as LogMessage).message.length < 1_200);
    logs++;
  }
  // The window may change to the next second once on the way.
  assert(logs > 50 && logs <= 102, `${logs}`);
});
