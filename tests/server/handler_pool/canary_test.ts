import { assert, assertEquals, assertStringIncludes } from "@std/assert";

async function deno(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    stdout: "piped",
    stderr: "piped",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function pathOf(relative: string): string {
  return new URL(relative, import.meta.url).pathname;
}

/** The warnings of a start in a process of its own, with these flags. */
async function warnings(...flags: string[]): Promise<{ script: string | null; message: string }[]> {
  const config = ["--config", pathOf("../../../deno.json")];
  const read = `--allow-read=${pathOf("../../..")}`;
  const child = pathOf("./scripts/canary_child.ts");
  return JSON.parse(await deno("run", "--no-prompt", ...config, read, ...flags, child));
}

Deno.test("Handlers.start() warns where handlers can import from elsewhere (N10)", async () => {
  for (const flags of [[], ["--allow-import=127.0.0.1:1"]]) {
    const [warning, ...more] = await warnings(...flags);
    assertEquals([warning.script, more], [null, []]);
    assertStringIncludes(warning.message, "run with --cached-only");
  }
});

Deno.test("Handlers.start() warns of nothing under --cached-only (N10)", async () => {
  assertEquals(await warnings("--cached-only"), []);
  assertEquals(await warnings("--cached-only", "--allow-import=127.0.0.1:1"), []);
});

Deno.test("The worker half is in the static module graph, so that an installation has it", async () => {
  const graph = JSON.parse(
    await deno("info", "--json", pathOf("../../../server/handler_pool/mod.ts")),
  );
  const specifiers: string[] = graph.modules.map((module: { specifier: string }) =>
    module.specifier
  );
  assert(specifiers.some((specifier) => specifier.endsWith("/session/handler/worker.ts")));
});
