import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encodeBase64 } from "../../../session/wire/base64.ts";
import { encodeUtf8 } from "../../../session/wire/bytes.ts";
import { BufferPool } from "../../../session/transport/buffer_pool.ts";
import { countLiveWorkers } from "../../../session/handler/locks.ts";
import type { HandlerMap } from "../../../server/handler_pool/mod.ts";
import { makeBench, makeFacts } from "./facts.ts";

function dataUrl(code: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

Deno.test("Handlers runs a module: the export named for the event, else the default export", async () => {
  await using bench = makeBench({
    onLogin: "verdicts.ts",
    onMailFrom: "verdicts.ts",
    onReceive: "verdicts.ts",
  });
  await bench.handlers.start();
  assertEquals(await countLiveWorkers(), 1);
  const login = makeFacts({ username: "ada", password: "analytical" });
  assertEquals((await bench.handlers.run("onLogin", login)).verdict, true);
  assertEquals((await bench.handlers.run("onLogin", makeFacts())).verdict, false);
  assertEquals((await bench.handlers.run("onMailFrom", makeFacts())).verdict, true);
  const never = makeFacts({ address: "never@example.com" });
  assertEquals((await bench.handlers.run("onMailFrom", never)).reply, {
    code: 550,
    text: "5.7.1 go away",
  });
  assertEquals(bench.faults, []);
});

Deno.test("Handlers runs a plain script as it was written for INFINITY.JS", async () => {
  await using bench = makeBench({ onRcptTo: "plain_rcpt.txt" });
  await bench.handlers.start();
  assertEquals((await bench.handlers.run("onRcptTo", makeFacts())).verdict, true);
  const other = makeFacts({ address: "bob@example.com" });
  assertEquals((await bench.handlers.run("onRcptTo", other)).verdict, false);
});

Deno.test("Handlers runs a plain script with the extension .js from an absolute path", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/a # strange %20 name.js`;
    await Deno.writeTextFile(path, "infinity.smtp.session.accept = true;");
    await using bench = makeBench({ onConnect: path });
    await bench.handlers.start();
    assertEquals((await bench.handlers.run("onConnect", makeFacts())).verdict, true);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("Handlers runs a script by its URL, file: and data: alike", async () => {
  const file = new URL("./scripts/verdicts.ts", import.meta.url);
  const text = "export default (session) => { session.accept = 'ä#' !== 'ä#'; }";
  const data = dataUrl(text);
  const base64 = new URL(`data:text/javascript;base64,${encodeBase64(encodeUtf8(text))}`);
  await using bench = makeBench({
    onMailFrom: file,
    onRcptTo: { script: data },
    onConnect: base64,
  });
  await bench.handlers.start();
  assertEquals((await bench.handlers.run("onMailFrom", makeFacts())).verdict, true);
  assertEquals((await bench.handlers.run("onRcptTo", makeFacts())).verdict, false);
  assertEquals((await bench.handlers.run("onConnect", makeFacts())).verdict, false);
});

Deno.test("Handlers hands over small and large messages octet for octet, and keeps the state", async () => {
  await using bench = makeBench({ onReceive: "verdicts.ts" });
  await bench.handlers.start();
  for (const size of [5, 65_536, 65_537, 1_000_000]) {
    const message = new Uint8Array(size).fill(0x61);
    message.set(new TextEncoder().encode("hello"));
    const half = Math.ceil(size / 2);
    const body = [message.slice(0, half), message.slice(half)];
    const answer = await bench.handlers.run("onReceive", makeFacts({ body }));
    assertEquals([answer.verdict, answer.state], [true, { size }]);
  }
});

Deno.test("Handlers gets the buffers of a large message back from its worker, and from a function none", async () => {
  const buffers = new BufferPool();
  const onReceive = dataUrl("export default (session) => { session.received = true; }");
  await using bench = makeBench({ onReceive }, { buffers });
  await bench.handlers.start();
  const last = buffers.take().fill(0x62).subarray(0, 10);
  const body = [buffers.take().fill(0x61), buffers.take().fill(0x61), last];
  const answer = await bench.handlers.run("onReceive", makeFacts({ body }));
  assertEquals([answer.verdict, buffers.size], [true, 3]);
  await using plain = makeBench({ onReceive: (s) => void (s.received = true) }, { buffers });
  plain.handlers.run("onReceive", makeFacts({ body: [buffers.take()] }));
  assertEquals(buffers.size, 2);
});

Deno.test("Handlers keeps two events in one worker apart", async () => {
  await using bench = makeBench({ onMailFrom: "interleaved.ts" });
  await bench.handlers.start();
  const [yes, no] = await Promise.all([
    bench.handlers.run("onMailFrom", makeFacts({ address: "yes@example.com" })),
    bench.handlers.run("onMailFrom", makeFacts({ address: "no@example.com" })),
  ]);
  assertEquals([yes.verdict, yes.state], [true, { mine: "yes@example.com" }]);
  assertEquals([no.verdict, no.state], [false, { mine: "no@example.com" }]);
});

Deno.test("Handlers.start() rejects with the script's name where it is no handler", async () => {
  const table: [HandlerMap, string, string][] = [
    [{ onLogin: "missing.ts" }, "missing.ts", "no such file"],
    [{ onMailFrom: "no_function.ts" }, "no_function.ts", 'must export a function "onMailFrom"'],
    [{ onLogin: "no_function.ts" }, "no_function.ts", 'must export a function "onLogin"'],
    [{ onLogin: "broken.txt" }, "broken.txt", ""],
    [{ onLogin: "no_mention.txt" }, "no_mention.txt", 'never mentions "infinity"'],
    [{ onLogin: new URL("data:text/javascript;base64") }, "data:", "no comma"],
    [{ onLogin: dataUrl("throw 5; export {}") }, "data:", "threw 5"],
    [{ onLogin: dataUrl("Deno.exit(1); export default () => {}") }, "data:", "its worker ended"],
    [{ onLogin: dataUrl("const x = './none.js'; await import(x); export {}") }, "data:", "none.js"],
  ];
  for (const [map, name, reason] of table) {
    await using bench = makeBench(map);
    const error = await assertRejects(() => bench.handlers.start(), Error);
    assertStringIncludes(error.message, `Cannot start handler "${name}`);
    assertStringIncludes(error.message, reason);
    assert(!error.message.includes("\n") && !error.message.includes("\x1b"), error.message);
    assertEquals(await countLiveWorkers(), 0);
  }
});

Deno.test("Handlers.start() rejects where a script never finishes loading", async () => {
  const tuning = { load: 1_500 };
  await using bench = makeBench({ onLogin: "endless_load.ts", onMailFrom: "verdicts.ts" }, {
    tuning,
  });
  const error = await assertRejects(() => bench.handlers.start(), Error);
  assertEquals(
    error.message,
    'Cannot start handler "endless_load.ts": it had not loaded after 1500 ms',
  );
  assertEquals(await countLiveWorkers(), 0);
});

Deno.test("Handlers.start() refuses a script that is neither file nor data", async () => {
  for (const script of [new URL("https://example.com/x.ts"), "file:///x.ts", "", "npm:x"]) {
    await using bench = makeBench({ onLogin: script });
    await assertRejects(() => bench.handlers.start(), TypeError, "Cannot resolve handler script");
  }
});

Deno.test("Handlers.start() refuses numbers out of range, and what is no handler at all", async () => {
  for (const wrong of [{ timeout: 0 }, { poolSize: 1.5 }, { concurrency: Infinity }]) {
    await using bench = makeBench({ onLogin: { script: "verdicts.ts", ...wrong } });
    await assertRejects(() => bench.handlers.start(), RangeError, "Cannot set onLogin");
  }
  await using bench = makeBench({ onLogin: 5 as unknown as string });
  await assertRejects(() => bench.handlers.start(), TypeError, "Cannot set onLogin");
});

Deno.test("Handlers shares workers between events by script and permissions", async () => {
  await using bench = makeBench({
    onLogin: "verdicts.ts",
    onMailFrom: new URL("./scripts/verdicts.ts", import.meta.url),
    onRcptTo: { script: "verdicts.ts", poolSize: 2 },
    onReceive: { script: "verdicts.ts", permissions: { read: true } },
  });
  await bench.handlers.start();
  assertEquals(await countLiveWorkers(), 3);
});

Deno.test("Handlers may start again after it was stopped", async () => {
  await using bench = makeBench({ onMailFrom: "verdicts.ts" });
  for (let i = 0; i < 3; i++) {
    await bench.handlers.start();
    assertEquals((await bench.handlers.run("onMailFrom", makeFacts())).verdict, true);
    assertEquals(await bench.handlers.stop(), { runaways: 0 });
    assertEquals(await countLiveWorkers(), 0);
    assert((await bench.handlers.run("onMailFrom", makeFacts())).fault !== null);
  }
});

Deno.test("Handlers gives a script what its grants say and nothing else (P6)", async () => {
  const code = (what: string): URL =>
    dataUrl(`export default (s) => { ${what}; s.accept = true; }`);
  const read = "Deno.readTextFileSync(new URL('./facts.ts', " + JSON.stringify(import.meta.url) +
    "))";
  await using bench = makeBench({
    onConnect: { script: code(read), permissions: { read: ["../facts.ts"] } },
    onMailFrom: { script: code(read), permissions: { read: ["../none.ts"] } },
    onRcptTo: { script: code(read), permissions: "inherit" },
  });
  await bench.handlers.start();
  assertEquals((await bench.handlers.run("onConnect", makeFacts())).verdict, true);
  const refused = await bench.handlers.run("onMailFrom", makeFacts());
  assertStringIncludes(refused.fault ?? "", "NotCapable");
  assertEquals((await bench.handlers.run("onRcptTo", makeFacts())).verdict, true);
  assert(bench.logs.some(({ message }) => message.includes("all that the process may do")));
});
