import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findProgram, programTest, run } from "../helpers/programs.ts";
import { RunningProgram } from "../helpers/running_program.ts";

const root = new URL("../../", import.meta.url);
const deno = { name: "deno", path: Deno.execPath(), missing: null };

/** The arguments of a task's `deno run`. */
async function taskArguments(task: string): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  return tasks[task].command.split("deno run ")[1].split(" ");
}

Deno.test("the demonstration comes out as it should, and says all that it promises", async () => {
  const args = await taskArguments("demo");
  const { code, stdout } = await run(deno, ["run", ...args], { cwd: root });
  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, "[TLS begins: TLSv1.3]");
  assertStringIncludes(stdout, "AUTH PLAIN ****");
  assertStringIncludes(stdout, "[onRcptTo: no]");
  assertStringIncludes(stdout, "each octet the same");
  assertStringIncludes(stdout, "535 5.7.8");
  assertStringIncludes(stdout, "NotCapable: Requires read access");
  assertStringIncludes(stdout, "All of it came out as it should.");
  assert(!stdout.includes("analytical"), "the password is in the output");
});

Deno.test({
  name: "the example server runs until it is told to end",
  ignore: Deno.build.os === "windows", // No signal ends a process gently there.
  async fn(): Promise<void> {
    await using program = await startServer();
    await program.line(/^Send to it: curl /);
    assertEquals(await program.terminate(), 0, program.output);
  },
});

const curl = findProgram("curl");
programTest(
  "the command that the example server prints sends a message to it",
  [curl],
  async () => {
    await using program = await startServer();
    const command = (await program.line(/^Send to it: curl /)).slice("Send to it: curl ".length);
    const { code, output } = await run(curl, command.split(" "), { cwd: root });
    assertEquals(code, 0, output);
  },
);

async function startServer(): Promise<RunningProgram> {
  const args = (await taskArguments("start"))
    .map((word) => word.replace("127.0.0.1:2525", "127.0.0.1"));
  const program = new RunningProgram(deno, ["run", ...args, "--port=0"], root);
  await program.line(/^Listening on 127\.0\.0\.1 port \d+/);
  return program;
}
