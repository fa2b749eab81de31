import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../helpers/programs.ts";

const deno = { name: "deno", path: Deno.execPath(), missing: null };
const flags = ["run", "--no-prompt", "--cached-only", "--no-check"];
const options = { cwd: new URL("./", import.meta.url) };

Deno.test("a mail server in memory needs no permission", async () => {
  const { code, stdout, output } = await run(
    deno,
    [...flags, "programs/no_permissions.ts"],
    options,
  );
  assertEquals(code, 0, output);
  assertEquals(JSON.parse(stdout), [
    "Grüße",
    ["bob@example.com"],
    "ada",
    "TLSv1.3",
    "Hello\n",
    ["eve@example.com"],
  ]);
});

Deno.test("a mail server on a port says which permission it needs, and needs no more", async () => {
  const program = "programs/on_a_port.ts";
  const refused = await run(deno, [...flags, program], options);
  assertStringIncludes(refused.output, "run with --allow-net=127.0.0.1");
  const granted = await run(deno, [...flags, "--allow-net=127.0.0.1", program], options);
  assertEquals(granted.stdout, "1\n", granted.output);
});
