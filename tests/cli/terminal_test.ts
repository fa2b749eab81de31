import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatProgress, ProgressBar } from "../../cli/progress.ts";
import { paint, type Terminal } from "../../cli/terminal.ts";
import { programTest } from "../helpers/programs.ts";
import { child, cli, onTerminal, PTY } from "./_cli.ts";

const MIB = 1024 * 1024;

function remember(interactive: boolean, columns = 100): { terminal: Terminal; drawn: string[] } {
  const drawn: string[] = [];
  const terminal = {
    out: (): void => {},
    err: (text: string): void => void drawn.push(text),
    columns,
    interactive,
    color: false,
    promptSecret: (): null => null,
  };
  return { terminal, drawn };
}

Deno.test("formatProgress() shows a bar, the share and the sizes", () => {
  assertEquals(
    formatProgress(10 * MIB, 25 * MIB, 100),
    "Sending [================>                       ]  40 %, 10.0 of 25.0 MiB",
  );
  assertEquals(
    formatProgress(25 * MIB, 25 * MIB, 100),
    "Sending [========================================] 100 %, waiting for the server's reply",
  );
  assertEquals(formatProgress(3 * MIB, null, 100), "Sending, 3.0 MiB so far");
});

Deno.test("formatProgress() stays within the line, however narrow", () => {
  for (let columns = 1; columns <= 120; columns++) {
    for (const sent of [0, 1, 12 * MIB, 25 * MIB]) {
      assert(formatProgress(sent, 25 * MIB, columns).length < columns, `${columns} columns`);
      assert(formatProgress(sent, null, columns).length < columns, `${columns} columns`);
    }
  }
});

Deno.test("ProgressBar draws at most once for each hundredth, and leaves an empty line", () => {
  const { terminal, drawn } = remember(true);
  const bar = new ProgressBar(terminal, true);
  for (let sent = 0; sent <= 1000; sent++) bar.update(sent * MIB, 1000 * MIB);
  assertEquals(drawn.length, 101);
  bar.end();
  bar.end();
  assertEquals(drawn.slice(101), ["\r\x1b[K"]);
});

Deno.test("ProgressBar shows nothing of a small message, in a file, or where it is not wanted", () => {
  for (
    const [interactive, wanted, total] of [[true, true, MIB - 1], [false, true, 9 * MIB], [
      true,
      false,
      9 * MIB,
    ]] as const
  ) {
    const { terminal, drawn } = remember(interactive);
    const bar = new ProgressBar(terminal, wanted);
    bar.update(1000, total);
    bar.end();
    assertEquals(drawn, []);
  }
});

Deno.test("paint() colours only where colours are welcome", () => {
  const { terminal } = remember(true);
  assertEquals(paint(terminal, "error", "no"), "no");
  assertEquals(paint({ ...terminal, color: true }, "error", "no"), "\x1b[31mno\x1b[0m");
});

Deno.test("systemTerminal() writes no colour where it writes to a pipe", async () => {
  const { code, err } = await child([], ["send", "--port"]);
  assertEquals(code, 64);
  assert(!err.includes("\x1b"), err);
});

Deno.test("systemTerminal() bears a reader that has enough", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--cached-only", "--no-check", "cli/mod.ts", "send", "--help"],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const running = command.spawn();
  await running.stdout.cancel();
  const [{ code }, errors] = await Promise.all([
    running.status,
    new Response(running.stderr).text(),
  ]);
  assertEquals([code, errors], [0, ""]);
});

programTest("on a terminal errors are red, and with NO_COLOR they are not", [PTY], async () => {
  const args = ["send", "--port", "none"];
  const red = await onTerminal([], args, []);
  assertEquals(red.code, 64);
  assertStringIncludes(red.shown, "\x1b[31merror\x1b[0m: ");
  const plain = await onTerminal([], args, [], { env: { NO_COLOR: "1" } });
  assertStringIncludes(plain.shown, "error: Cannot take");
  assert(!plain.shown.includes("\x1b[31m"), plain.shown);
});

Deno.test("nobody is asked for a password where nobody sits", async () => {
  const left = await child(["--allow-read"], ["send", "--user", "ada", "deno.json"], {
    cwd: new URL("../../", import.meta.url),
  });
  assertEquals(left.code, 77);
  assertStringIncludes(left.err, "add --allow-env=SMTP_PASSWORD; or run on a terminal");
});

Deno.test("a password that nobody can be asked for is a matter of configuration", async () => {
  const left = await cli(["verify", "--host", "127.0.0.1", "--user", "ada"]);
  assertEquals(left.code, 78);
  assertStringIncludes(left.err, "SMTP_PASSWORD is not set; or run on a terminal to be asked");
});
