import { assertEquals } from "@std/assert";

Deno.test("after stop() the process ends by itself (P17, S84)", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "-A",
      new URL("./programs/start_and_stop.ts", import.meta.url).pathname,
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  assertEquals([code, decoder.decode(stdout)], [0, "stopped, 0 aborted\n"], decoder.decode(stderr));
});
