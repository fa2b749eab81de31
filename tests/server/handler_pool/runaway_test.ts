import { assert, assertEquals, assertStringIncludes } from "@std/assert";

interface Outcome {
  verdict: boolean | null;
  fault: string | null;
  /** As which of all events it was answered. */
  place: number;
}

/** Runs the child, which cannot end by itself, and kills it once it has said its last line. */
async function outcomes(): Promise<Map<string, Outcome[]>> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-prompt",
      "--config",
      new URL("../../../deno.json", import.meta.url).pathname,
      new URL("./scripts/runaway_child.ts", import.meta.url).href,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const said = new Map<string, Outcome[]>();
  let rest = "";
  try {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const [what, answers] of lines.map((line) => JSON.parse(line))) said.set(what, answers);
      if ([...said.keys()].some((what) => what.startsWith("stopped"))) break;
    }
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
  return said;
}

Deno.test("Handlers survives scripts in endless loops, and counts them (P5, K3, N09)", async (t) => {
  const said = await outcomes();

  await t.step("a worker that is only busy keeps its event, and the next goes elsewhere", () => {
    const [busy, next] = said.get("busy") ?? [];
    assertEquals([busy.verdict, busy.fault], [true, null]);
    assertEquals(next.verdict, true);
    assert(next.place < busy.place, `${next.place} ${busy.place}`);
  });

  await t.step("a loop costs its own event, by its deadline, and no neighbour's", () => {
    const [loop, ...neighbours] = said.get("first") ?? [];
    assertStringIncludes(loop.fault ?? "", "late");
    assertEquals(neighbours.map(({ verdict }) => verdict), [true, true]);
    assert(neighbours.every(({ place }) => place < loop.place));
    assertEquals(said.get("after the first")?.[0].verdict, true);
  });

  await t.step("a script with as many loops as are allowed gets no more events", () => {
    assertStringIncludes(said.get("second")?.[0].fault ?? "", "late");
    const [barred] = said.get("barred") ?? [];
    assertStringIncludes(barred.fault ?? "", "endless loop");
  });

  await t.step("a script that loops while it loads does not start", () => {
    const refusal = [...said.keys()].find((what) => what.startsWith("Cannot start"));
    assertStringIncludes(refusal ?? "", "it had not loaded after 400 ms");
  });

  await t.step("stop() says how many there are", () => {
    assert(said.has("stopped with 2"), [...said.keys()].join());
  });
});
