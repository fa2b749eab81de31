import { assertEquals } from "@std/assert";
import { dialogue } from "../helpers/dialogue.ts";
import { measuring } from "../helpers/telemetry.ts";
import { EHLO, MAIL, QUIT, RCPT } from "../helpers/transcripts.ts";

const CHUNKS = `${EHLO}C: BDAT 6\nC> secret\nS: 503 5.5.1 Send MAIL first\n${MAIL}${RCPT}` +
  "C: BDAT 8\nC> secret\\r\\n\nS: 250 2.0.0 Chunk accepted\n" +
  "C: BDAT 3 LAST\nC> y\\r\\n\nS: 250 2.0.0 Message accepted\n" +
  `${MAIL}${RCPT}C: BDAT 2\nC> \\r\\n\nS: 250 2.0.0 Chunk accepted\nC: RSET\nS: 250 2.0.0 OK\n${QUIT}`;

Deno.test("a message in chunks is one message and one transaction to telemetry (RFC 3030 2, #152)", async () => {
  const seen = await measuring(async (seen) => {
    await dialogue({}, CHUNKS);
    return seen;
  });
  assertEquals(
    seen.sums("smtp.server.commands").filter((sum) => sum.includes("BDAT")),
    [
      '{"smtp.command":"BDAT","smtp.reply.class":"5xx"} 1',
      '{"smtp.command":"BDAT","smtp.reply.class":"2xx"} 3',
    ],
  );
  assertEquals(seen.sums("smtp.server.messages"), ['{"smtp.outcome":"accepted"} 1']);
  assertEquals(seen.values("smtp.server.message.size"), [11]);
  assertEquals(
    seen.named("SMTP transaction").map(({ attributes }) => attributes["smtp.outcome"]),
    ["accepted", "abandoned"],
  );
});

Deno.test("the trace of a message in chunks has its commands and its size, and nothing of its content (RFC 3030 2, #152)", async () => {
  const lines: string[] = [];
  await dialogue({ trace: ({ from, text }) => void lines.push(`${from[0]} ${text}`) }, CHUNKS);
  assertEquals(lines.filter((line) => /BDAT|message of|accepted$|secret/.test(line)), [
    "c BDAT 6",
    "s 250 2.1.0 Sender accepted",
    "s 250 2.1.5 Recipient accepted",
    "c BDAT 8",
    "s 250 2.0.0 Chunk accepted",
    "c BDAT 3 LAST",
    "c [message of 11 octets]",
    "s 250 2.0.0 Message accepted",
    "s 250 2.1.0 Sender accepted",
    "s 250 2.1.5 Recipient accepted",
    "c BDAT 2",
    "s 250 2.0.0 Chunk accepted",
  ]);
});

Deno.test("an LMTP transaction says so to telemetry (RFC 2033 4.2, #203)", async () => {
  const seen = await measuring(async (seen) => {
    await dialogue(
      { protocol: "lmtp" },
      EHLO.replace("ESMTP", "LMTP").replace("EHLO", "LHLO") + MAIL + RCPT + RCPT +
        "C: BDAT 3 LAST\nC> y\\r\\n\nS: 250 2.0.0 Message accepted\nS: 250 2.0.0 Message accepted\n" +
        QUIT,
    );
    return seen;
  });
  const [{ attributes }] = seen.named("SMTP transaction");
  assertEquals([attributes["network.protocol.name"], attributes["smtp.reply.code"]], ["lmtp", 250]);
});
