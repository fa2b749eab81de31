import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeBase64 } from "../../session/wire/base64.ts";
import { run, temporaryFolder } from "../helpers/programs.ts";

/** The same as in the programs. */
const PASSWORD = "Tr0ub4dor-and-3";
const MARKER = "Marmalade-7731";
const PROGRAM = new URL("./programs/all_output.ts", import.meta.url);

/** How a text looks in base64, wherever it stands in what is encoded: its ends are left out, which share a group with others. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const octets = new TextEncoder().encode(" ".repeat(before) + text);
    const whole = octets.subarray(0, octets.length - octets.length % 3);
    return encodeBase64(whole).slice(before === 0 ? 0 : 4);
  });
}

/** What the clients said that is for nobody's eyes: the rest of an AUTH line, and the lines of base64 behind one. */
function payloads(wire: string): string[] {
  const lines = wire.split("\n").map((line) => line.trim());
  const ofAuth = lines.filter((line) => line.startsWith("AUTH ")).map((line) => line.slice(5));
  const words = ofAuth.flatMap((rest) => rest.split(" ").slice(1));
  const answers = lines.filter((line) => /^[A-Za-z0-9+/]{16,}={0,2}$/.test(line));
  return [...new Set([...words, ...answers])].filter((payload) => payload.length >= 8);
}

for (const threads of [1, 2]) {
  Deno.test(`whole sessions with everything switched on put out no secret and no message (P14, A5, A12), threads: ${threads}`, async () => {
    await using folder = await temporaryFolder();
    const capture = `${folder.path}/wire`;
    const deno = { name: "deno", path: Deno.execPath(), missing: null };
    const args = ["run", "-A", "--no-prompt", "--no-check", "--cached-only", PROGRAM.href];
    const { code, output } = await run(deno, [...args, capture, `${threads}`], {
      env: { NO_COLOR: "1" },
      timeout: 60_000,
    });
    assertEquals(code, 0, output.slice(-2_000));
    const wire = await Deno.readTextFile(capture);
    const secret = payloads(wire);
    assert(secret.length >= 12, `${secret}`);
    // It was all there to leak.
    for (const text of [PASSWORD, MARKER, inBase64(PASSWORD)[0]]) assertStringIncludes(wire, text);
    assertOpen(output);
    for (const leak of [PASSWORD, MARKER, ...inBase64(PASSWORD), ...inBase64(MARKER), ...secret]) {
      const lines = output.split("\n").filter((line) =>
        line.toLowerCase().includes(leak.toLowerCase())
      );
      assertEquals(lines, [], leak);
    }
  });
}

/** Fails where something was not switched on, so that it had nothing to leak. */
function assertOpen(output: string): void {
  for (
    const sign of [
      '"logger":"infinity-smtp.client"',
      '"logger":"infinity-smtp.server"',
      '"logger":"infinity-smtp.handler"',
      '"logger":"login"',
      "C: AUTH PLAIN ****",
      "C: AUTH LOGIN",
      "C: AUTH CRAM-MD5",
      "S: 235 ",
      "S: 535 no: AUTH PLAIN ****",
      "authenticated true",
      "authenticated false",
      "onLogin: threw Error: the database is gone",
      "the database is gone",
      "unhandled rejection",
      "caught SendError",
      "accepted: [",
      "[message of ",
      "S: 550 5.5.2",
    ]
  ) assertStringIncludes(output, sign);
}
