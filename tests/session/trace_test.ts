import { assert, assertEquals, assertFalse } from "@std/assert";
import { formatTraceLine, traceLine } from "../../session/trace.ts";

Deno.test("formatTraceLine() puts time, connection, who and what on one line", () => {
  const base = { at: Date.UTC(2026, 10, 22, 16, 34, 54, 123), connection: 7, text: "220 x" };
  assertEquals(
    formatTraceLine({ ...base, from: "server" }),
    "2026-11-22T16:34:54.123Z #7 S: 220 x",
  );
  assertEquals(
    formatTraceLine({ ...base, from: "client" }),
    "2026-11-22T16:34:54.123Z #7 C: 220 x",
  );
});

Deno.test("traceLine() escapes what a terminal could act on, and cuts what is long (A12)", () => {
  const { text, at } = traceLine(1, "server", `220 \x1b[31m\r\nQUIT${"x".repeat(5000)}`);
  assertFalse(text.includes("\x1b"));
  assertFalse(text.includes("\n"));
  assert(text.length <= 2048);
  assert(Math.abs(at - Date.now()) < 60_000);
});
