import { assertEquals } from "@std/assert";
import { dialogue } from "../../helpers/dialogue.ts";
import { ehlo, MAIL, QUIT, RCPT } from "../../helpers/transcripts.ts";

Deno.test("threads: LMTP, its message in chunks, a reply for each recipient (RFC 2033 4.2, RFC 3030 2, #203)", async () => {
  const sizes: number[] = [];
  const line = `${"x".repeat(998)}\\r\\n`;
  await dialogue(
    {
      threads: 2,
      protocol: "lmtp",
      onReceive: (session) => {
        sizes.push(session.raw.length);
        session.reject(550, "5.1.6 Moved", 1);
        session.received = true;
      },
    },
    "S: 220 mx.test LMTP\n" + ehlo().replace("EHLO", "LHLO") + MAIL + RCPT + RCPT +
      `C: BDAT 100000\nC> ${line.repeat(100)}\nS: 250 2.0.0 Chunk accepted\n` +
      `C: BDAT 200000 LAST\nC> ${line.repeat(200)}\n` +
      "S: 250 2.0.0 Message accepted\nS: 550 5.1.6 Moved\n" + QUIT,
  );
  assertEquals(sizes, [300_000]);
});
