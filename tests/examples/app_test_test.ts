import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../helpers/programs.ts";
import { commandOf, deno, projectWith } from "./_example.ts";

Deno.test("examples/app_test passes by its command, and fails where the application is wrong", async () => {
  await using folder = await projectWith("app_test");
  const command = await commandOf("app_test/sign_up_test.ts");
  const options = { cwd: folder.path, env: { NO_COLOR: "1" }, timeout: 60_000 };
  const right = await run(deno, command, options);
  assertEquals(right.code, 0, right.output);
  assertStringIncludes(right.output, "ok | 3 passed");
  const file = `${folder.path}/examples/app_test/sign_up.ts`;
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace("to: [address]", 'to: ["eve@example.com"]'));
  const wrong = await run(deno, [...command, "--filter", "gets a link"], options);
  assertEquals(wrong.code, 1, wrong.output);
  // The failure says what did arrive.
  assertStringIncludes(wrong.output, "eve@example.com");
});
