import { assert, assertEquals } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import { concat } from "../../session/wire/bytes.ts";
import { certificates } from "../helpers/certificates.ts";
import { connectTo, dialogue, keeping, serving } from "../helpers/dialogue.ts";
import { converse, makeService } from "../helpers/service.ts";
import { octets, Random, splits, text } from "../helpers/split.ts";
import {
  EHLO,
  ehlo,
  exchanges,
  GREETED,
  HELO,
  MAIL,
  MESSAGE,
  QUIT,
  RCPT,
} from "../helpers/transcripts.ts";

const CHUNK = "S: 250 2.0.0 Chunk accepted\n";
const TAKEN = "S: 250 2.0.0 Message accepted\n";
const BARE = "S: 550 5.5.2 Message refused: it holds a bare CR or a bare LF\n";
const NUL = "S: 550 5.6.0 Message refused: it holds a NUL\n";
const LARGE = "S: 552 5.3.4 Message exceeds the maximum size\n";
const MALFORMED =
  "S: 501 5.5.4 Bad chunk size, closing the connection; syntax: BDAT size [LAST]\n== end\n";
const BINARY = "C: MAIL FROM:<a@client.test> BODY=BINARYMIME\nS: 250 2.1.0 Sender accepted\n";
const NOOP = "C: NOOP\nS: 250 2.0.0 OK\n";
const RSET = "C: RSET\nS: 250 2.0.0 OK\n";

/** BDAT with its octets; `\r` and the like stand for octets in the transcript. */
function bdat(content: string, last = ""): string {
  return `C: BDAT ${content.length}${last}\nC> ${wire(content)}\n`;
}

function wire(content: string): string {
  return content.replaceAll("\\", "\\\\").replaceAll("\r", "\\r").replaceAll("\n", "\\n")
    .replaceAll("\0", "\\0");
}

Deno.test("BDAT takes n octets as they are, in one message up to LAST (RFC 3030 2, #151, #152, S64)", async () => {
  const kept: string[] = [];
  await dialogue(
    keeping(kept),
    EHLO + MAIL + RCPT + bdat("Subject: x\r\n") + CHUNK + bdat("\r\n.y\r\n", " LAST") + TAKEN +
      MAIL + RCPT + bdat("one\r\n", " last") + TAKEN + MESSAGE + QUIT,
  );
  assertEquals(kept, ["Subject: x\r\n\r\n.y\r\n", "one\r\n", "Subject: x\r\n\r\ny\r\n"]);
});

Deno.test("BDAT 0 LAST ends a message, and BDAT 0 adds nothing to it (RFC 3030 2, #152, N19)", async () => {
  const kept: string[] = [];
  await dialogue(
    keeping(kept),
    EHLO + MAIL + RCPT + bdat("x\r\n") + CHUNK + "C: BDAT 0\n" + CHUNK + "C: BDAT 0 LAST\n" +
      TAKEN +
      MAIL + RCPT + "C: BDAT 0 LAST\n" + TAKEN + QUIT,
  );
  assertEquals(kept, ["x\r\n", ""]);
});

Deno.test("BDAT knows no dots: CRLF.CRLF, commands and doubled dots are content (RFC 3030 2, #158, N20, A1)", async () => {
  const kept: string[] = [];
  const content = "A\r\n.\r\nQUIT\r\n..x\r\n.\r\nMAIL FROM:<x@y.test>\r\n";
  await dialogue(
    keeping(kept),
    EHLO + MAIL + RCPT + bdat(content, " LAST") + TAKEN + MAIL + RCPT +
      bdat(content.slice(0, 4)) + CHUNK + bdat(content.slice(4), " LAST") + TAKEN + QUIT,
  );
  assertEquals(kept, [content, content]);
});

Deno.test("text in chunks holds no bare CR or LF and no NUL, as by DATA; a CRLF between two chunks is whole (RFC 3030 2, #159, A1)", async () => {
  const kept: string[] = [];
  await dialogue(
    keeping(kept),
    EHLO + MAIL + RCPT + bdat("a\r") + CHUNK + bdat("\nb\r\n", " LAST") + TAKEN +
      // A count that is wrong by one leaves half of a line end.
      MAIL + RCPT + bdat("a\r\nb\r", " LAST") + BARE +
      MAIL + RCPT + bdat("a\r") + CHUNK + bdat("b\r\n", " LAST") + BARE +
      MAIL + RCPT + bdat("a\n.\n", " LAST") + BARE +
      MAIL + RCPT + bdat("a\r") + CHUNK + "C: BDAT 0 LAST\n" + BARE +
      MAIL + RCPT + bdat("\n", " LAST") + BARE +
      MAIL + RCPT + bdat("a\0", " LAST") + NUL + QUIT,
  );
  assertEquals(kept, ["a\r\nb\r\n"]);
});

Deno.test("BODY=BINARYMIME takes every octet bit for bit (RFC 3030 3, #162, S69)", async () => {
  const every = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
  const content = octets(`${every}\n\r\0\r`.repeat(1000));
  const bodies: Uint8Array[] = [];
  const params: unknown[] = [];
  await serving({
    onReceive: (session) => {
      bodies.push(session.raw);
      params.push(session.mailFrom.params.BODY);
      session.received = true;
    },
  }, async (server) => {
    const channel = await connectTo(server);
    const halves = [content.subarray(0, 100_001), content.subarray(100_001)];
    const sent = channel.write(concat([
      octets("EHLO c\r\nMAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<b@mx.test>\r\n"),
      octets(`BDAT ${halves[0].length}\r\n`),
      halves[0],
      octets(`BDAT ${halves[1].length} LAST\r\n`),
      halves[1],
      octets("QUIT\r\n"),
    ]));
    let replies = "";
    for (let chunk = await channel.read(); chunk !== null; chunk = await channel.read()) {
      replies += text(chunk);
    }
    await sent;
    channel.close();
    assert(replies.endsWith(
      "250 2.0.0 Chunk accepted\r\n250 2.0.0 Message accepted\r\n221 2.0.0 Bye\r\n",
    ));
  });
  assertEquals(params, ["BINARYMIME"]);
  assertEquals(bodies, [content]);
});

Deno.test("DATA cannot carry a binary message: 503, and BDAT still can (RFC 3030 3, #160, S69)", async () => {
  const kept: string[] = [];
  await dialogue(
    keeping(kept),
    EHLO + BINARY + RCPT +
      "C: DATA\nS: 503 5.5.1 A binary message comes in chunks, send BDAT\n" +
      bdat("\0\n", " LAST") + TAKEN + MESSAGE + QUIT,
  );
  assertEquals(kept, ["\0\n", "Subject: x\r\n\r\ny\r\n"]);
});

Deno.test("between chunks only BDAT goes on: DATA, MAIL, RCPT and AUTH are 503, NOOP and VRFY as ever (RFC 3030 2, #156)", async () => {
  const kept: string[] = [];
  const refused = "503 5.5.1 The message comes in chunks, send BDAT or RSET";
  await dialogue(
    keeping(kept),
    EHLO + MAIL + RCPT + bdat("x\r\n") + CHUNK +
      exchanges([
        ["DATA", refused],
        ["MAIL FROM:<>", refused],
        ["RCPT TO:<c@mx.test>", refused],
        ["AUTH PLAIN", refused],
        ["NOOP", "250 2.0.0 OK"],
        ["VRFY ada", "252 {any}"],
      ]) + bdat("y\r\n", " LAST") + TAKEN + QUIT,
  );
  assertEquals(kept, ["x\r\ny\r\n"]);
});

Deno.test("a chunk behind the last is out of place: read to its end, and 503 (RFC 3030 2, #155)", async () => {
  const kept: string[] = [];
  await dialogue(
    keeping(kept),
    EHLO + MAIL + RCPT + bdat("x\r\n", " LAST") + TAKEN +
      bdat("QUIT\r\n", " LAST") + "S: 503 5.5.1 Send MAIL first\n" +
      bdat("QUIT\r\n") + "S: 503 5.5.1 Send MAIL first\n" + NOOP + QUIT,
  );
  assertEquals(kept, ["x\r\n"]);
});

Deno.test("RSET, EHLO and HELO between chunks forget what has come (RFC 3030 2, #157, S65)", async () => {
  const kept: string[] = [];
  const begin = MAIL + RCPT + bdat("secret\r\n") + CHUNK;
  await dialogue(
    keeping(kept, { limits: { octetsInFlight: 8192, messageSize: 8192 } }),
    // Four kept blocks of 4096 octets would be more than may be in flight.
    GREETED + ehlo({ size: 8192 }) + (begin + RSET).repeat(3) + begin +
      "C: HELO client.test\nS: 250 mx.test\n" + begin.replaceAll("secret", "public") +
      bdat("x\r\n", " LAST") + TAKEN + QUIT,
  );
  assertEquals(kept, ["public\r\nx\r\n"]);
});

Deno.test("a chunk without MAIL or recipients is read to its end and refused, never carried out (RFC 3030 2, #153, S67, S89)", async () => {
  const smuggled = "MAIL FROM:<x@y.test>\r\nQUIT\r\n";
  await dialogue(
    { onRcptTo: (session) => void (session.accept = session.address !== "x@mx.test") },
    GREETED + bdat(smuggled) + "S: 503 5.5.1 Send EHLO or HELO first\n" +
      ehlo() +
      bdat(smuggled, " LAST") + "S: 503 5.5.1 Send MAIL first\n" + MAIL +
      bdat(smuggled, " LAST") + "S: 503 5.5.1 Send RCPT first\n" +
      "C: RCPT TO:<x@mx.test>\nS: 550 5.1.1 No such recipient here\n" +
      bdat(smuggled, " LAST") + "S: 554 5.5.1 No valid recipients\n" +
      RCPT + bdat("y\r\n", " LAST") + TAKEN + QUIT,
  );
});

Deno.test("a chunk where a login or service is refused is read to its end (RFC 3030 2, #153)", async () => {
  await dialogue(
    { onLogin: () => {}, auth: { insecure: "always" } },
    GREETED + ehlo({ auth: "PLAIN LOGIN" }) + bdat("QUIT\r\n") +
      "S: 530 5.7.0 Authentication is required\n" + NOOP + QUIT,
  );
  await dialogue(
    { onConnect: (session) => void (session.accept = false) },
    "S: 554 5.7.1 Service refused\n" + bdat("QUIT\r\n") +
      "S: 503 5.5.1 No service here, only QUIT is left\n" + QUIT,
  );
});

Deno.test("BDAT where CHUNKING is off is read to its end, and 502 (RFC 3030 2, #161)", async () => {
  const off: ServerOptions = { extensions: { chunking: false } };
  const without = EHLO.replace("S: 250-CHUNKING\n", "").replace("S: 250-BINARYMIME\n", "");
  await dialogue(
    off,
    without + MAIL + RCPT + bdat("QUIT\r\n", " LAST") + "S: 502 5.5.1 Command not implemented\n" +
      RSET + "C: MAIL FROM:<> BODY=BINARYMIME\nS: 501 5.5.4 {any}\n" + MESSAGE + QUIT,
  );
});

Deno.test("a chunk that makes the message too large is read to its end, as are those behind it (RFC 3030 2, #153, #154, S67, S68)", async () => {
  const kept: string[] = [];
  const line = "0123456789abcd\r\n";
  await dialogue(
    keeping(kept, { limits: { messageSize: 1000 } }),
    GREETED + ehlo({ size: 1000 }) + MAIL + RCPT + bdat(line.repeat(50)) + CHUNK +
      bdat(line.repeat(20)) + LARGE + bdat("QUIT\r\n") + LARGE + bdat("QUIT\r\n", " LAST") + LARGE +
      // The transaction has ended with it.
      bdat("QUIT\r\n", " LAST") + "S: 503 5.5.1 Send MAIL first\n" +
      MAIL + RCPT + bdat(line.repeat(100), " LAST") + LARGE +
      MAIL + RCPT + bdat(line.repeat(100)) + LARGE + RSET + MESSAGE + QUIT,
  );
  assertEquals(kept, ["Subject: x\r\n\r\ny\r\n"]);
});

Deno.test("a chunk for which there is no room is put off, and read to its end (RFC 3030 2, #153, S67)", async () => {
  const kept: string[] = [];
  const content = "x".repeat(998) + "\r\n";
  await dialogue(
    keeping(kept, { limits: { octetsInFlight: 10_000, messageSize: 1_000_000 } }),
    GREETED + ehlo({ size: 1_000_000 }) + MAIL + RCPT + bdat(content.repeat(4)) + CHUNK +
      bdat(content.repeat(7)) + "S: 452 4.3.1 Too many messages under way, try again later\n" +
      bdat(content, " LAST") + "S: 452 4.3.1 Too many messages under way, try again later\n" +
      NOOP + MESSAGE + QUIT,
  );
  assertEquals(kept.length, 1);
});

Deno.test("a chunk of no known size ends the connection: what follows is no command (RFC 3030 2, #165, A10)", async () => {
  const malformed = [
    "BDAT",
    "BDAT x",
    "BDAT -1",
    "BDAT +1",
    "BDAT 0x10",
    "BDAT 1e3",
    "BDAT 99999999999999999999999",
    "BDAT 9007199254740993",
    "BDAT 10 LAST x",
    "BDAT 10 FIRST",
    "BDAT 10\\0",
    "BDAT 10\\tLAST",
    "BDAT\\t6",
    "bdat\\t6 LAST",
    "BDAT\\0 6",
    "BDAT6",
    "BDATA 6",
    "BDAT\\xff6",
    `BDAT\\t${" ".repeat(3000)}6`,
    `BDAT ${"1".repeat(3000)}`,
  ];
  await dialogue({}, [
    ...malformed.map((line) => `${EHLO}${MAIL}${RCPT}C: ${line}\nC: NOOP\n${MALFORMED}`),
    // Nor where it would be refused anyway.
    ...malformed.map((line) => `${EHLO}C: ${line}\nC: NOOP\n${MALFORMED}`),
  ]);
});

Deno.test("a chunk that was not taken ends the transaction: those behind it make no message without it (RFC 3030 2, #153, #154, S68)", async () => {
  const kept: string[] = [];
  const long = `C: BDAT${" ".repeat(3000)}6\nC> QUIT\\r\\n\nS: 500 5.5.2 Line too long\n`;
  await dialogue(
    keeping(kept),
    EHLO + MAIL + RCPT + bdat("a\r\n") + CHUNK + long +
      bdat("b\r\n") + "S: 503 5.5.1 Send MAIL first\n" +
      bdat("c\r\n", " LAST") + "S: 503 5.5.1 Send MAIL first\n" +
      MAIL + RCPT + long + bdat("d\r\n", " LAST") + "S: 503 5.5.1 Send MAIL first\n" +
      MESSAGE + QUIT,
  );
  assertEquals(kept, ["Subject: x\r\n\r\ny\r\n"]);
});

Deno.test("a connection that ends within a chunk, or between two, is no message (RFC 3030 2, S66)", async () => {
  const kept: string[] = [];
  const ended: number[] = [];
  await dialogue(keeping(kept, { onDisconnect: (session) => void ended.push(session.id) }), [
    `${EHLO}${MAIL}${RCPT}C: BDAT 100 LAST\nC> half\\r\\n\n== close\n`,
    `${EHLO}${MAIL}${RCPT}C: BDAT 100 LAST\nC> half\\r\\n\n== reset\n`,
    `${EHLO}${MAIL}${RCPT}${bdat("half\r\n")}${CHUNK}== close\n`,
    `${EHLO}${MAIL}${RCPT}${bdat("half\r\n")}${CHUNK}${QUIT}`,
  ]);
  assertEquals([kept, ended.length], [[], 4]);
});

Deno.test("STARTTLS between chunks forgets what has come (RFC 3207 4.2, #157, P10)", async () => {
  const { server: { cert, key } } = await certificates();
  const kept: string[] = [];
  await dialogue(
    keeping(kept, { tls: { cert, key } }),
    GREETED + ehlo({ startTls: true }) + MAIL + RCPT + bdat("x\r\n") +
      CHUNK + "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n" + bdat("y\r\n", " LAST") +
      "S: 503 5.5.1 Send EHLO or HELO first\n" + QUIT,
  );
  assertEquals(kept, []);
});

Deno.test("a handler's refusal and fault answer the last chunk alone, and the session goes on (RFC 3030 2, #153)", async () => {
  const faults: string[] = [];
  let turn = 0;
  await dialogue({
    onReceive: (session) => {
      if (++turn === 1) session.reject(550, "5.7.1 Not this one");
      else if (turn === 2) throw new Error("out of order");
      else session.received = true;
    },
    onError: (error) => void faults.push(error.message),
  }, [
    EHLO + MAIL + RCPT + bdat("x\r\n") + CHUNK + bdat("y\r\n", " LAST") +
    "S: 550 5.7.1 Not this one\n" +
    MAIL + RCPT + bdat("x\r\n", " LAST") + "S: 451 4.3.0 Local error, try again later\n" +
    bdat("z\r\n", " LAST") + "S: 503 5.5.1 Send MAIL first\n" +
    MAIL + RCPT + bdat("x\r\n", " LAST") + TAKEN + QUIT,
  ]);
  assertEquals(faults.length, 1);
});

Deno.test("a whole session with chunks in one write, replies in order (RFC 3030 4.2, RFC 2920 3.2, #152)", async () => {
  const kept: string[] = [];
  await dialogue(
    keeping(kept),
    EHLO +
      "C: MAIL FROM:<a@client.test>\nC: RCPT TO:<b@mx.test>\nC: BDAT 3\nC> x\\r\\n\nC: BDAT 3 LAST\nC> y\\r\\n\n" +
      "C: MAIL FROM:<>\nC: RCPT TO:<b@mx.test>\nC: BDAT 3 LAST\nC> z\\r\\n\nC: BDAT 3 LAST\nC> q\\r\\n\nC: QUIT\n" +
      "S: 250 2.1.0 Sender accepted\nS: 250 2.1.5 Recipient accepted\n" + CHUNK + TAKEN +
      "S: 250 2.1.0 Sender accepted\nS: 250 2.1.5 Recipient accepted\n" + TAKEN +
      "S: 503 5.5.1 Send MAIL first\nS: 221 2.0.0 Bye\n== end\n",
  );
  assertEquals(kept, ["x\r\ny\r\n", "z\r\n"]);
});

Deno.test("refused chunks count as one bad command each where they are out of place (RFC 3030 2, #155)", async () => {
  await dialogue(
    { limits: { badCommands: 3 } },
    EHLO + bdat("NOOP\r\n") + "S: 503 5.5.1 Send MAIL first\n" + bdat("NOOP\r\n") +
      "S: 503 5.5.1 Send MAIL first\n" + bdat("NOOP\r\n") + "S: 503 5.5.1 Send MAIL first\n" +
      "S: 421 4.7.0 Too many errors, closing the connection\n== end\n",
  );
});

Deno.test("a client that stops between chunks or within one is sent away (RFC 5321 4.5.3.2, #152, N16, K8)", async () => {
  const kept: string[] = [];
  const timeouts = { command: 60_000, dataBlock: 40 };
  const late = "S: 421 4.4.2 Timed out, closing the connection\n== end\n";
  await dialogue(keeping(kept, { timeouts }), [
    `${EHLO}${MAIL}${RCPT}${bdat("x\r\n")}${CHUNK}${late}`,
    `${EHLO}${MAIL}${RCPT}C: BDAT 10 LAST\nC> x\\r\\n\n${late}`,
    `${EHLO}C: BDAT 10 LAST\nC> x\\r\\n\nS: 421 4.4.2 Timed out, closing the connection\n== end\n`,
  ]);
  assertEquals(kept, []);
});

Deno.test("chunks give the same replies and messages however they are cut (RFC 3030 2, P12, N01, Z2)", async () => {
  const kept: string[] = [];
  const service = makeService(
    keeping(kept, { limits: { messageSize: 40, badCommands: 100 } }),
  );
  const input = octets(
    "EHLO c\r\nBDAT 6\r\nQUIT\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\n" +
      "BDAT 5\r\n.\r\n.\rBDAT 6 LAST\r\n\n.\r\n.\n" +
      "MAIL FROM:<> BODY=BINARYMIME\r\nRCPT TO:<b@mx.test>\r\nBDAT 9 LAST\r\n\r\n.\r\n\0\r.\n" +
      "MAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nBDAT 41\r\n" + "x".repeat(41) +
      "BDAT 6 LAST\r\nQUIT\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nBDAT 3 LAST\r\nok\nQUIT\r\n",
  );
  const whole = await converse([input], service);
  const messages = kept.splice(0);
  assertEquals(messages, ["\r\n.\r\n\0\r.\n"]);
  assert(whole.endsWith("\r\n221 2.0.0 Bye\r\n"), whole);
  for (const [name, chunks] of splits(input, new Random(), { threeWay: 0, random: 30 })) {
    assertEquals([await converse(chunks, service), kept.splice(0)], [whole, messages], name);
  }
  assertEquals([service.budget.used, service.faults], [0, []]);
  service.deadlines.close();
});

Deno.test("a server with CHUNKING takes DATA all the same, and chunks after HELO (RFC 3030 2, #151)", async () => {
  const kept: string[] = [];
  await dialogue(keeping(kept), [
    EHLO + MESSAGE + MAIL + RCPT + bdat("a\r\n", " LAST") + TAKEN + MESSAGE + QUIT,
    HELO + MESSAGE + MAIL + RCPT + bdat("b\r\n", " LAST") + TAKEN + QUIT,
  ]);
  assertEquals(kept.map((message) => message.at(-3)), ["y", "a", "y", "y", "b"]);
});
