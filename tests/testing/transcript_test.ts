import { assertEquals } from "@std/assert";
import { Transcripts } from "../../testing/transcript.ts";

Deno.test("Transcripts keeps the lines of each session apart, and no more than 10,000 of one", () => {
  const transcripts = new Transcripts();
  for (let i = 0; i < 10_001; i++) {
    transcripts.add({ at: i, connection: 2, from: "client", text: `NOOP ${i}` });
  }
  transcripts.add({ at: 0, connection: 1, from: "server", text: "250 2.0.0 OK" });
  const [first, second] = transcripts.sessions;
  assertEquals([first.session, first.lines.length], [2, 10_000]);
  assertEquals(first.lines.at(-1)?.text, "NOOP 9999");
  assertEquals([second.session, second.text], [1, "S: 250 2.0.0 OK\n"]);
  transcripts.clear();
  assertEquals(transcripts.sessions, []);
});
