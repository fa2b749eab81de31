import { assert, assertEquals } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import { certificates } from "../helpers/certificates.ts";
import { dialogue } from "../helpers/dialogue.ts";
import { DATA, EHLO, ehlo, GREETED, HELO, MAIL, QUIT, RCPT } from "../helpers/transcripts.ts";

const ACCEPTED = "S: 250 2.0.0 Message accepted\n";
const LOOPING = "S: 554 5.4.6 Message refused: too many Received fields, mail goes in circles\n";
const BODY =
  "C: Received: from a by b; Mon, 02 Nov 2026 03:04:05 +0000\nC: received: older\nC: Subject: x\nC:\nC: y\nC: .\n";
const OLD =
  "Received: from a by b; Mon, 02 Nov 2026 03:04:05 +0000\r\nreceived: older\r\nSubject: x\r\n\r\ny\r\n";

/** The options, with a handler that keeps what it is given. */
function keeping(
  messages: string[],
  options: ServerOptions = { addReceived: true },
): ServerOptions {
  return {
    ...options,
    onReceive(session): void {
      messages.push(session.msg);
      session.received = true;
    },
  };
}

/** The field that was put in front of the message above, on one line, without its id and date. */
function added(message: string): string {
  assert(message.endsWith(OLD), message);
  const field = message.slice(0, -OLD.length);
  assert(field.startsWith("Received: ") && field.endsWith(" +0000\r\n"), field);
  assert(field.slice(0, -2).split("\r\n").every((line) => line.length <= 78), field);
  const line = field.slice(0, -2).replaceAll("\r\n ", " ");
  assert(!line.includes("\n"), field);
  return line.replace(/ id [a-z0-9]+-\d+/, "").replace(/; .*$/, "");
}

Deno.test("addReceived puts one Received field in front of all else (RFC 5321 4.4, #68, #69)", async () => {
  const messages: string[] = [];
  await dialogue(keeping(messages), EHLO + MAIL + RCPT + DATA + BODY + ACCEPTED + QUIT);
  assertEquals(
    added(messages[0]),
    "Received: from client.test ([127.0.0.1]) by mx.test with ESMTP for <b@mx.test>",
  );
});

Deno.test("a server adds no Received field unless it is told to (RFC 5321 4.4)", async () => {
  const messages: string[] = [];
  await dialogue(keeping(messages, {}), EHLO + MAIL + RCPT + DATA + BODY + ACCEPTED + QUIT);
  assertEquals(messages, [OLD]);
});

Deno.test("the Received field names no recipient where there are several (RFC 5321 7.2, #70)", async () => {
  const messages: string[] = [];
  await dialogue(keeping(messages), EHLO + MAIL + RCPT + RCPT + DATA + BODY + ACCEPTED + QUIT);
  assertEquals(
    added(messages[0]),
    "Received: from client.test ([127.0.0.1]) by mx.test with ESMTP",
  );
});

Deno.test("the Received field names the protocol and TLS (RFC 3848, #149)", async () => {
  const { server: { cert, key } } = await certificates();
  const messages: string[] = [];
  const sent = MAIL + RCPT + DATA + BODY + ACCEPTED;
  await dialogue(keeping(messages), HELO + sent + QUIT);
  await dialogue(
    keeping(messages, {
      addReceived: true,
      tls: { cert, key },
      onLogin: (session) => void (session.authenticated = true),
    }),
    `${GREETED}${ehlo({ startTls: true })}C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n${
      ehlo({ secure: true, auth: "PLAIN LOGIN" })
    }C: AUTH PLAIN AGEAYg==\nS: 235 2.7.0 Authentication succeeded\n${sent}${QUIT}`,
  );
  const [smtp, esmtpsa] = messages.map(added);
  assertEquals(
    smtp,
    "Received: from client.test ([127.0.0.1]) by mx.test with SMTP for <b@mx.test>",
  );
  assert(
    esmtpsa.startsWith(
      "Received: from client.test ([127.0.0.1]) by mx.test with ESMTPSA (TLSv1.3 TLS_",
    ),
    esmtpsa,
  );
});

Deno.test("the Received field of a message with SMTPUTF8 says so (RFC 6531 3.7.3, #178)", async () => {
  const messages: string[] = [];
  const mail = MAIL.replace(">\n", "> SMTPUTF8\n");
  await dialogue(keeping(messages), EHLO + mail + RCPT + DATA + BODY + ACCEPTED + QUIT);
  assertEquals(
    added(messages[0]),
    "Received: from client.test ([127.0.0.1]) by mx.test with UTF8SMTP for <b@mx.test>",
  );
});

Deno.test("the Received field shows what XCLIENT and a proxy said of the client (RFC 5321 4.4, #68)", async () => {
  const messages: string[] = [];
  const trust = { proxy: ["127.0.0.1"], xclient: ["192.0.2.7"] };
  const offered = ehlo().replace(
    "S: 250 HELP",
    "S: 250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT\nS: 250 HELP",
  );
  await dialogue(
    keeping(messages, { addReceived: true, trust }),
    `C: PROXY TCP4 192.0.2.7 198.51.100.1 1 25\n${GREETED}${offered}${MAIL}${RCPT}${DATA}${BODY}${ACCEPTED}
     C: XCLIENT ADDR=IPV6:2001:db8::9 NAME=mail.example HELO=hello.example
     ${GREETED}${offered}${MAIL}${RCPT}${DATA}${BODY}${ACCEPTED}${QUIT}`,
  );
  assertEquals(messages.map(added), [
    "Received: from client.test ([192.0.2.7]) by mx.test with ESMTP for <b@mx.test>",
    "Received: from hello.example (mail.example [IPv6:2001:db8::9]) by mx.test with ESMTP for <b@mx.test>",
  ]);
});

Deno.test("the Received field does not count against the limit of the client (RFC 1870)", async () => {
  const messages: string[] = [];
  const limits = { messageSize: OLD.length };
  await dialogue(
    keeping(messages, { addReceived: true, limits }),
    `${GREETED}${ehlo({ size: OLD.length })}${MAIL}${RCPT}${DATA}${BODY}${ACCEPTED}${QUIT}`,
  );
  added(messages[0]);
});

Deno.test("a large message gets its Received field too, in a handler and in a worker (RFC 5321 4.4, #68)", async () => {
  const large = "x".repeat(70).concat("\r\n").repeat(20_000);
  const sizes: number[] = [];
  const script = new URL(
    `data:text/javascript,export default (session) => {
      session.received = session.msg.startsWith("Received: from client.test") && session.raw.length > ${
      large.length + 100
    };
    }`,
  );
  for (
    const onReceive of [
      (session: { raw: Uint8Array; msg: string; received: boolean }): void => {
        sizes.push(session.raw.length);
        session.received = session.msg.startsWith("Received: from client.test") &&
          session.msg.endsWith(large);
      },
      script,
    ]
  ) {
    await dialogue(
      { addReceived: true, onReceive },
      `${EHLO}${MAIL}${RCPT}${DATA}C: {large}\nC: .\n${ACCEPTED}${QUIT}`,
      { say: { large: () => `Subject: large\r\n\r\n${large.slice(0, -2)}` } },
    );
  }
  assertEquals(sizes.length, 1);
});

Deno.test("a server whose name is no domain goes by its address in the Received field (RFC 5321 4.4)", async () => {
  const messages: string[] = [];
  const options = keeping(messages, { addReceived: true, name: "mail_1" });
  const said = (EHLO + MAIL + RCPT + DATA + BODY + ACCEPTED + QUIT).replaceAll(
    "220 mx.test",
    "220 mail_1",
  ).replaceAll("250-mx.test", "250-mail_1");
  await dialogue(options, said);
  assertEquals(
    added(messages[0]),
    "Received: from client.test ([127.0.0.1]) by [127.0.0.1] with ESMTP for <b@mx.test>",
  );
});

Deno.test("a message with more than 100 Received fields is refused as a loop (RFC 5321 6.3, #73)", async () => {
  const messages: string[] = [];
  const hops = (count: number): string => "C: Received: from a by b\n".repeat(count);
  const behind = `C: Subject: x\nC:\n${hops(200)}C: .\n`;
  await dialogue(
    keeping(messages),
    EHLO + MAIL + RCPT + DATA + hops(100) + behind + ACCEPTED +
      MAIL + RCPT + DATA + hops(101) + behind + LOOPING +
      MAIL + RCPT + DATA + hops(1) + behind + ACCEPTED + QUIT,
  );
  assertEquals(messages.length, 2);
});

Deno.test("limits.hops says how many Received fields are too many (RFC 5321 6.3, #73)", async () => {
  await dialogue(
    { limits: { hops: 1 } },
    EHLO + MAIL + RCPT + DATA + BODY + LOOPING + MAIL + RCPT + DATA +
      BODY.replace("C: received", "C: X-Received") + ACCEPTED + QUIT,
  );
});
