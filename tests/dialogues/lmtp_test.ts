import { assertEquals } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import { certificates } from "../helpers/certificates.ts";
import { dialogue } from "../helpers/dialogue.ts";
import { converse, makeService } from "../helpers/service.ts";
import { octets, Random, splits } from "../helpers/split.ts";
import { DATA, ehlo, exchanges, MAIL, QUIT, RCPT, type Shown } from "../helpers/transcripts.ts";

const GREETED = "S: 220 mx.test LMTP\n";
const LHLO = GREETED + lhlo();
const TAKEN = "S: 250 2.0.0 Message accepted\n";
const REFUSED = "S: 554 5.7.1 Message refused\n";
const FAULT = "S: 451 4.3.0 Local error, try again later\n";

function lhlo(shown: Shown = {}): string {
  return ehlo(shown).replace("EHLO", "LHLO");
}

function rcpt(name: string): string {
  return `C: RCPT TO:<${name}@mx.test>\nS: 250 2.1.5 Recipient accepted\n`;
}

/** A server that speaks LMTP. */
function lmtp(options: ServerOptions = {}): ServerOptions {
  return { protocol: "lmtp", ...options };
}

const THREE = MAIL + rcpt("a") + rcpt("b") + rcpt("c");
const MESSAGE = `${DATA}C: Subject: x\nC:\nC: y\nC: .\n`;

Deno.test("LMTP is greeted by LHLO; HELO and EHLO are 500 (RFC 2033 4.1, #202, S52)", async () => {
  await dialogue(
    lmtp(),
    GREETED + exchanges([
      ["MAIL FROM:<>", "503 5.5.1 Send LHLO first"],
      ["HELO client.test", "500 5.5.1 Unknown command"],
      ["EHLO client.test", "500 5.5.1 Unknown command"],
      ["LHLO", "501 5.5.4 {any}"],
      ["HELP LHLO", "214 2.0.0 Syntax: LHLO domain"],
      ["HELP EHLO", "504 5.5.1 No help on that"],
      [
        "HELP",
        "214 2.0.0 Commands: LHLO MAIL {any} HELP",
      ],
    ]) + lhlo() + QUIT,
  );
});

Deno.test("LHLO in SMTP is 500 (RFC 2033 4.1, #202, S89)", async () => {
  await dialogue(
    {},
    "S: 220 mx.test ESMTP\n" + exchanges([
      ["LHLO client.test", "500 5.5.1 Unknown command"],
      ["HELP LHLO", "504 5.5.1 No help on that"],
    ]) + QUIT,
  );
});

Deno.test("LMTP offers PIPELINING and ENHANCEDSTATUSCODES (RFC 2033 5, #205)", async () => {
  await dialogue(
    lmtp(),
    GREETED +
      "C: LHLO client.test\nS: 250-mx.test\nS: 250-PIPELINING\nS: 250-SIZE 26214400\nS: 250-8BITMIME\n" +
      "S: 250-ENHANCEDSTATUSCODES\n" + lhlo().split("ENHANCEDSTATUSCODES\n")[1] + QUIT,
  );
});

Deno.test("LMTP has one reply for each recipient that was accepted, in order, duplicates too (RFC 2033 4.2, #203, S75)", async () => {
  const recipients: string[][] = [];
  await dialogue(
    lmtp({
      onRcptTo: (session) => void (session.accept = session.address !== "x@mx.test"),
      onReceive: (session) => {
        recipients.push(session.rcptTo.map(({ address }) => address));
        session.received = true;
      },
    }),
    LHLO + MAIL + rcpt("a") + "C: RCPT TO:<x@mx.test>\nS: 550 5.1.1 No such recipient here\n" +
      rcpt("b") + rcpt("a") + MESSAGE + TAKEN.repeat(3) + MAIL + RCPT + MESSAGE + TAKEN + QUIT,
  );
  assertEquals(recipients, [["a@mx.test", "b@mx.test", "a@mx.test"], ["b@mx.test"]]);
});

Deno.test("an LMTP handler answers for each recipient (RFC 2033 4.2, #203, S75)", async () => {
  const faults: string[] = [];
  let turn = 0;
  await dialogue(
    lmtp({
      onError: (error) => void faults.push(error.message),
      onReceive: (session) => {
        switch (++turn) {
          case 1:
            session.reject(552, "5.2.2 The mailbox is full", 1);
            session.defer("Not now", 2);
            session.received = true;
            return;
          case 2:
            session.reject(550, "5.1.6 Moved", 0);
            session.received = false;
            return;
          case 3:
            session.reject(550, "5.1.6 Moved", 0);
            session.reject(554, "5.6.0 Nobody shall have it");
            return;
          case 4:
            // Two are refused, of the third nothing is known.
            session.reject(550, "5.1.6 Moved", 0);
            session.reject(550, "5.1.6 Moved too", 2);
            return;
          default:
            for (const index of session.rcptTo.keys()) session.reject(550, "5.1.6 Moved", index);
        }
      },
    }),
    LHLO + THREE + MESSAGE + TAKEN +
      "S: 552 5.2.2 The mailbox is full\nS: 451 4.0.0 Not now\n" +
      THREE + MESSAGE + "S: 550 5.1.6 Moved\n" + REFUSED.repeat(2) +
      THREE + MESSAGE + "S: 550 5.1.6 Moved\n" + "S: 554 5.6.0 Nobody shall have it\n".repeat(2) +
      THREE + MESSAGE + "S: 550 5.1.6 Moved\n" + FAULT + "S: 550 5.1.6 Moved too\n" +
      THREE + MESSAGE + "S: 550 5.1.6 Moved\n".repeat(3) + QUIT,
  );
  assertEquals(faults, ["onReceive: settled without setting session.received"]);
});

Deno.test("a handler script answers for each recipient of an LMTP message, too (RFC 2033 4.2, #203)", async () => {
  const script = `export default (session) => {
    for (const [index, { address }] of session.rcptTo.entries()) {
      if (address.startsWith("b")) session.reject(550, "5.1.6 " + address + " has moved", index);
    }
    session.received = true;
  }`;
  await dialogue(
    lmtp({ onReceive: new URL(`data:text/javascript,${encodeURIComponent(script)}`) }),
    LHLO + THREE + MESSAGE + TAKEN + "S: 550 5.1.6 b@mx.test has moved\n" + TAKEN + QUIT,
  );
});

Deno.test("the chunk that ends an LMTP message has a reply for each recipient, any other one (RFC 2033 4.2, RFC 3030 2, #203)", async () => {
  await dialogue(
    lmtp({
      onReceive: (session) => {
        session.reject(550, "5.1.6 Moved", 1);
        session.received = true;
      },
    }),
    LHLO + THREE + "C: BDAT 3\nC> x\\r\\n\nS: 250 2.0.0 Chunk accepted\n" +
      "C: BDAT 3 LAST\nC> y\\r\\n\n" + TAKEN + "S: 550 5.1.6 Moved\n" + TAKEN +
      THREE + "C: BDAT 3 LAST\nC> y\\n\\n\n" +
      "S: 550 5.5.2 Message refused: it holds a bare CR or a bare LF\n".repeat(3) +
      THREE + "C: BDAT 1\nC> \\n\n" +
      "S: 550 5.5.2 Message refused: it holds a bare CR or a bare LF\n" +
      "C: RSET\nS: 250 2.0.0 OK\nC: BDAT 3 LAST\nC> y\\r\\n\nS: 503 5.5.1 Send MAIL first\n" + QUIT,
  );
});

Deno.test("DATA and BDAT without a recipient that was accepted are 503 in LMTP (RFC 2033 4.2, #204)", async () => {
  await dialogue(
    lmtp({ onRcptTo: (session) => void (session.accept = false) }),
    LHLO + MAIL + "C: DATA\nS: 503 5.5.1 Send RCPT first\n" +
      "C: RCPT TO:<x@mx.test>\nS: 550 5.1.1 No such recipient here\n" +
      "C: DATA\nS: 503 5.5.1 No valid recipients\n" +
      "C: BDAT 6 LAST\nC> QUIT\\r\\n\nS: 503 5.5.1 No valid recipients\n" + QUIT,
  );
});

Deno.test("what no handler sees is refused for each recipient of an LMTP message (RFC 2033 4.2, #203)", async () => {
  await dialogue(
    lmtp({ limits: { messageSize: 100 } }),
    GREETED + lhlo({ size: 100 }) + THREE + DATA + `C: ${"x".repeat(120)}\nC: .\n` +
      "S: 552 5.3.4 Message exceeds the maximum size\n".repeat(3) +
      THREE + DATA + "C: a\\nb\nC: .\n" +
      "S: 550 5.5.2 Message refused: it holds a bare CR or a bare LF\n".repeat(3) +
      THREE + MESSAGE + TAKEN.repeat(3) + QUIT,
  );
});

Deno.test("a handler that fails defers each recipient of an LMTP message (RFC 2033 4.2, #203)", async () => {
  const faults: string[] = [];
  await dialogue(
    lmtp({
      onReceive: (session) => {
        session.reject(550, "5.1.6 Moved", 0);
        throw new Error("out of order");
      },
      onError: (error) => void faults.push(error.message),
    }),
    LHLO + THREE + MESSAGE + FAULT.repeat(3) + QUIT,
  );
  assertEquals(faults.length, 1);
});

Deno.test("a recipient's 421, and disconnect(), end an LMTP session once each has its reply (RFC 2033 4.2, #203)", async () => {
  let turn = 0;
  await dialogue(
    lmtp({
      onReceive: (session) => {
        session.received = true;
        if (++turn === 1) session.reject(421, "4.3.2 Enough", 1);
        else session.disconnect();
      },
    }),
    [
      LHLO + THREE + MESSAGE + TAKEN + "S: 421 4.3.2 Enough\n" + TAKEN + "== end\n",
      LHLO + THREE + MESSAGE + TAKEN.repeat(3) +
      "S: 421 4.7.0 Closing the connection\n== end\n",
    ],
  );
});

Deno.test("to answer for one recipient is a mistake in SMTP (RFC 2033 4.2)", async () => {
  const faults: string[] = [];
  await dialogue({
    onReceive: (session) => session.reject(550, "No", 0),
    onError: (error) => void faults.push(error.message),
  }, "S: 220 mx.test ESMTP\n" + ehlo() + MAIL + RCPT + MESSAGE + FAULT + QUIT);
  assertEquals(faults.length, 1);
});

Deno.test("handlers see LMTP as the protocol of the session (RFC 3848, #149)", async () => {
  const { server: { cert, key } } = await certificates();
  const protocols: string[] = [];
  await dialogue(
    lmtp({
      tls: { cert, key },
      onReceive: (session) => {
        protocols.push(session.protocol);
        session.received = true;
      },
    }),
    GREETED + lhlo({ startTls: true }) + MAIL + RCPT + MESSAGE + TAKEN +
      "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n" + lhlo({ secure: true }) + MAIL +
      RCPT + MESSAGE + TAKEN + QUIT,
  );
  assertEquals(protocols, ["LMTP", "LMTPS"]);
});

Deno.test("LMTP gives the same replies however the octets are cut (RFC 2033 4.2, #203, P12, N01)", async () => {
  const service = makeService(lmtp({
    onReceive: (session) => {
      session.reject(550, "5.1.6 Moved", 1);
      session.received = true;
    },
  }));
  const input = octets(
    "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@mx.test>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nx\r\n.\r\n" +
      "MAIL FROM:<>\r\nRCPT TO:<a@mx.test>\r\nRCPT TO:<b@mx.test>\r\nBDAT 3 LAST\r\nx\r\nQUIT\r\n",
  );
  const whole = await converse([input], service);
  assertEquals(whole.split("250 2.0.0 Message accepted\r\n550 5.1.6 Moved\r\n").length, 3);
  for (const [name, chunks] of splits(input, new Random(), { threeWay: 0, random: 20 })) {
    assertEquals(await converse(chunks, service), whole, name);
  }
  service.deadlines.close();
});
