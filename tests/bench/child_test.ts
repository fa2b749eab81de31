import { assert, assertEquals, assertRejects } from "@std/assert";
import { findProgram, startProgram } from "./child.ts";

Deno.test("startProgram() tells why a program ended before it listened", async () => {
  const args = ["eval", "throw new Error('port 25 is taken')"];
  const program = { name: "broken", command: Deno.execPath(), args };
  const error = await assertRejects(() => startProgram(program), Error);
  assert(error.message.startsWith("Cannot hear from broken: "), error.message);
  assert(error.message.includes("port 25 is taken"), error.message);
});

Deno.test("startProgram() ends a program that does not end with its input", async () => {
  // It announces a port, then ignores both its input and the polite signals.
  const script = `trap "" TERM HUP; echo '{"port":1,"pid":'$$'}'; while :; do sleep 0.1; done`;
  const running = await startProgram({ name: "deaf", command: "/bin/sh", args: ["-c", script] });
  await Promise.all([running.stop(), running.stop()]);
  // Signal 0 is not offered: SIGCONT harms nobody, and fails where the process is gone.
  const gone = await assertRejects(() =>
    Promise.resolve().then(() => Deno.kill(running.pid, "SIGCONT"))
  );
  assert(gone instanceof Error);
});

Deno.test("findProgram() finds what is on the PATH and says null for what is not", async () => {
  assertEquals(await findProgram("no-such-program-anywhere"), null);
  assert((await findProgram("sh"))?.endsWith("/sh"));
});
