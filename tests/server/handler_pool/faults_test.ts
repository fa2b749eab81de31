import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { countLiveWorkers } from "../../../session/handler/locks.ts";
import { type Bench, makeBench, makeFacts } from "./facts.ts";
import type { Answer } from "../../../session/handler/session.ts";

async function deed(bench: Bench, name: string): Promise<Answer> {
  return await bench.handlers.run("onRcptTo", makeFacts({ address: `${name}@example.com` }));
}

/** What each deed of scripts/faults.ts costs: the text of its fault. */
const DEEDS: Record<string, string> = {
  throw: "threw TypeError: thrown on purpose",
  reject: "threw Error: rejected on purpose",
  hostile: "threw something that cannot be described",
  never: "late",
  exit: "its worker ended",
  close: "its worker ended",
  uncloneable: "plain data, got a function",
  large: "at most 65536 octets",
  wrongType: '"accept" must be a boolean',
  lineBreak: "must be one line",
  code: "got 250",
  readOnly: "TypeError",
  unknown: "TypeError",
  read: "NotCapable",
  write: "NotCapable",
  net: "NotCapable",
  env: "NotCapable",
  run: "NotCapable",
  sys: "NotCapable",
  ffi: "NotCapable",
  // Which of the two signs of it is seen first is a matter of chance.
  steal: "tampering: ",
  release: "tampering: ",
};

for (const [name, fault] of Object.entries(DEEDS)) {
  Deno.test(`Handlers loses only the event whose script does "${name}" (P5, P6, K3, N11)`, async () => {
    // All but one end by themselves, and a machine at work may take its time over a new worker.
    const deadline = name === "never" ? 1_500 : 20_000;
    await using bench = makeBench({ onRcptTo: "faults.ts" }, { deadline });
    await bench.handlers.start();
    const answer = await deed(bench, name);
    assertEquals(answer.verdict, null);
    assertStringIncludes(answer.fault ?? "", fault);
    const reported = bench.faults.map(([script, event, reason]) =>
      [script, event, reason.includes(fault)] as const
    );
    assertEquals(reported, [["faults.ts", "onRcptTo", true]]);
    for (let i = 0; i < 3; i++) assertEquals((await deed(bench, "accept")).verdict, true);
    assertEquals(await bench.handlers.stop(), { runaways: 0 });
    assertEquals(await countLiveWorkers(), 0);
  });
}

Deno.test("Handlers keeps a worker whose script leaves a rejection to itself, and logs it (P5, N11)", async () => {
  await using bench = makeBench({ onRcptTo: "faults.ts" });
  await bench.handlers.start();
  for (const [name, text] of [["floating", "nobody waits"], ["timer", "thrown by a timer"]]) {
    const neighbour = deed(bench, "accept");
    assertEquals((await deed(bench, name)).verdict, true);
    assertEquals((await neighbour).verdict, true);
    const record = await bench.logged(text);
    assertEquals([record.level, record.script], ["error", "faults.ts"]);
  }
  assert(!bench.logs.some(({ message }) => message.includes("died")));
});

Deno.test("Handlers logs a worker that was tampered with", async () => {
  await using bench = makeBench({ onRcptTo: "faults.ts" });
  await bench.handlers.start();
  await deed(bench, "release");
  assertEquals((await bench.logged("tampering")).level, "error");
});

Deno.test("Handlers is served by a worker whose script has changed the globals under it", async () => {
  await using bench = makeBench({ onRcptTo: "faults.ts" }, { deadline: 20_000 });
  await bench.handlers.start();
  assertEquals((await deed(bench, "tamper")).verdict, true);
  for (let i = 0; i < 3; i++) assertEquals((await deed(bench, "accept")).verdict, true);
  assertStringIncludes((await deed(bench, "throw")).fault ?? "", "on purpose");
  assertEquals(bench.logs, []);
});

Deno.test("Handlers answers what was posted before a worker died, and hands on what it had not begun", async () => {
  await using bench = makeBench({ onRcptTo: "faults.ts" });
  await bench.handlers.start();
  const [before, exit, ...after] = await Promise.all(
    ["accept", "exit", "accept", "accept"].map((name) => deed(bench, name)),
  );
  assertEquals(exit.fault, "its worker ended");
  assertEquals(after.map(({ verdict }) => verdict), [true, true]);
  // What had been begun in the same batch was not sent yet when the worker ended.
  assert(before.verdict === true || before.fault === "its worker ended");
});

Deno.test("Handlers leaves a script alone whose workers keep ending, and comes back to it", async () => {
  const tuning = { restarts: 2, restartWindow: 3_000 };
  await using bench = makeBench({ onRcptTo: "faults.ts" }, { tuning });
  await bench.handlers.start();
  for (let i = 0; i < 3; i++) assertEquals((await deed(bench, "exit")).fault, "its worker ended");
  assertStringIncludes((await deed(bench, "accept")).fault ?? "", "left alone");
  await bench.logged("left alone for");
  while ((await deed(bench, "accept")).fault !== null) {
    await new Promise((resolve) => setImmediate(resolve));
  }
});
