import { assertEquals } from "@std/assert";
import { dialogue, keeping } from "../helpers/dialogue.ts";
import { converse, makeService } from "../helpers/service.ts";
import { octets, Random, splits } from "../helpers/split.ts";
import { DATA, EHLO, HELO, MAIL, QUIT, RCPT } from "../helpers/transcripts.ts";

/** What a smuggler hides behind a false end of data. */
const PAYLOAD =
  "mail FROM:<smuggled@x.test>\\r\\nrcpt TO:<v@y.test>\\r\\ndata\\r\\nFrom: x\\r\\n\\r\\npwned";
const BARE = "S: 550 5.5.2 Message refused: it holds a bare CR or a bare LF\n";
const NUL = "S: 550 5.6.0 Message refused: it holds a NUL\n";

async function smuggled(sequences: readonly string[], reply: string): Promise<string[]> {
  const kept: string[] = [];
  const messages = sequences.map((sequence) =>
    `${MAIL}${RCPT}${DATA}C> A${sequence}${PAYLOAD}\\r\\n.\\r\\n\n${reply}`
  );
  await dialogue(keeping(kept), EHLO + messages.join("") + QUIT);
  return kept;
}

Deno.test("nothing but CRLF.CRLF ends a message; a bare CR or LF refuses it at its true end (RFC 5321 4.1.1.4, #41, #66, S45, S60, S61, N02, N06, A1)", async () => {
  const kept = await smuggled([
    "\\n.\\n",
    "\\n.\\r\\n",
    "\\r\\n.\\n",
    "\\r.\\r",
    "\\r.\\n",
    "\\r.\\r\\n",
    "\\n.\\r",
    "\\r\\n.\\rX",
    "\\r\\n.\\r\\r\\n",
    "\\r\\r\\n",
    "\\n\\n.\\r\\n",
    "\\r\\n\\n.\\r\\n",
  ], BARE);
  assertEquals(kept, []);
});

Deno.test("a NUL refuses the message at its true end (A1)", async () => {
  assertEquals(await smuggled(["\\r\\n\\0.\\r\\n", "\\r\\n.\\0\\r\\n"], NUL), []);
});

Deno.test("CR CR LF . CRLF ends the message, which is refused (N03, A1)", async () => {
  const kept: string[] = [];
  await dialogue(keeping(kept), HELO + MAIL + RCPT + DATA + `C> A\\r\\r\\n.\\r\\n\n${BARE}` + QUIT);
  assertEquals(kept, []);
});

Deno.test("a line that begins with a dot and goes on is content, its dot taken off (S37, A1)", async () => {
  assertEquals(await smuggled(["\\r\\n.x"], "S: 250 2.0.0 Message accepted\n"), [
    "A\r\nxmail FROM:<smuggled@x.test>\r\nrcpt TO:<v@y.test>\r\ndata\r\nFrom: x\r\n\r\npwned\r\n",
  ]);
});

Deno.test("what looks like a line end or a dot elsewhere is content (A1)", async () => {
  const sequences = [
    "\\r\\n\\x0b.\\r\\n",
    "\\r\\n\\x0c.\\r\\n",
    "\\r\\n\\x85.\\r\\n",
    "\\r\\n\\xc2\\x85.\\r\\n",
    "\\r\\n\\xe2\\x80\\xa8.\\r\\n",
    "\\r\\n\\xef\\xbc\\x8e\\r\\n",
    "\\r\\n\\xe2\\x80\\xa4\\r\\n",
  ];
  assertEquals(
    (await smuggled(sequences, "S: 250 2.0.0 Message accepted\n")).length,
    sequences.length,
  );
});

Deno.test("the fault of a message does not stick to the next (P10)", async () => {
  const kept: string[] = [];
  await dialogue(
    keeping(kept),
    HELO + MAIL + RCPT + DATA + `C> a\\nb\\0\\r\\n.\\r\\n\n${BARE}` + MAIL + RCPT + DATA +
      "C: c\nC: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
  assertEquals(kept, ["c\r\n"]);
});

Deno.test("a bare LF counts before the size, so that portions cannot change the reply (S35, P12)", async () => {
  const service = makeService({ limits: { messageSize: 4 } });
  const begun = octets("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n");
  const rows = [
    ["aaaaaaaaa\n", "550 5.5.2"],
    ["\naaaaaaaaa", "550 5.5.2"],
    ["aaaaaaaa", "552 5.3.4"],
    ["\0aaaaaaaa", "550 5.6.0"],
    ["\0aaaaaaaa\n", "550 5.5.2"],
  ];
  for (const [content, code] of rows) {
    const input = octets(`${content}\r\n.\r\nQUIT\r\n`);
    for (const [name, chunks] of splits(input, new Random(), { threeWay: 0, random: 10 })) {
      const said = (await converse([begun, ...chunks], service)).split("\r\n");
      const replies = said.slice(5).map((line) => line.slice(0, 9));
      assertEquals(replies, [code, "221 2.0.0", ""], `${JSON.stringify(content)} ${name}`);
    }
  }
  service.deadlines.close();
});

Deno.test("a false end does not help a message that is too large, or whose handler fails (A1)", async () => {
  const onError = (): void => {};
  const onReceive = (): void => {
    throw new Error("full");
  };
  await dialogue(
    { onError, onReceive },
    HELO + MAIL + RCPT + DATA + `C> A\\n.\\n${PAYLOAD}\\r\\n.\\r\\n\n${BARE}` +
      MAIL + RCPT + DATA + "C: .\nS: 451 4.3.0 Local error, try again later\n" + QUIT,
  );
});
