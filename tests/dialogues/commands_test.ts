import { assertEquals } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { dialogue } from "../helpers/dialogue.ts";
import {
  DATA,
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
import type { ServerOptions } from "../../server/options.ts";

const NO_ARGUMENT = "501 5.5.4 No argument is allowed; syntax:";

Deno.test("QUIT, RSET and DATA take no argument (RFC 5321 4.3.2, #19, S06, S85)", async () => {
  await dialogue(
    {},
    HELO + MAIL + RCPT + exchanges([
      ["QUIT now", `${NO_ARGUMENT} QUIT`],
      ["RSET all", `${NO_ARGUMENT} RSET`],
      ["DATA 5", `${NO_ARGUMENT} DATA`],
    ]) + DATA + "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
});

Deno.test("RSET forgets the transaction and nothing else (RFC 5321 4.1.1.5, #20, #21, S25, S85)", async () => {
  await dialogue(
    {},
    HELO + MAIL + RCPT + exchanges([
      ["RSET", "250 2.0.0 OK"],
      ["DATA", "503 5.5.1 Send MAIL first"],
      ["RCPT TO:<b@mx.test>", "503 5.5.1 Send MAIL first"],
      ["RSET", "250 2.0.0 OK"],
    ]) + MESSAGE + exchanges([["RSET", "250 2.0.0 OK"]]) + QUIT,
  );
});

Deno.test("NOOP changes nothing, whatever stands behind it (RFC 5321 4.1.1.9, #22, S05)", async () => {
  await dialogue(
    {},
    HELO + MAIL + exchanges([
      ["NOOP", "250 2.0.0 OK"],
      ["NOOP anything <at> all", "250 2.0.0 OK"],
    ]) + RCPT + QUIT,
  );
});

Deno.test("QUIT in a transaction drops it, and keeps what was accepted (RFC 5321 4.1.1.10, #23, #25)", async () => {
  const kept: string[] = [];
  await dialogue({
    onReceive: (session) => {
      kept.push(session.msg);
      session.received = true;
    },
  }, HELO + MESSAGE + MAIL + RCPT + QUIT);
  assertEquals(kept, ["Subject: x\r\n\r\ny\r\n"]);
});

Deno.test("two pipelined QUITs are answered once, nothing behind QUIT is carried out (#24, S85, A6)", async () => {
  await dialogue({}, `${HELO}C: QUIT\nC: QUIT\nC: MAIL FROM:<>\nS: 221 2.0.0 Bye\n== end`);
});

Deno.test("unknown verbs are 500, known ones that are not carried out 502 (RFC 5321 4.2.4, 7.3, #27, #38, #39, S09)", async () => {
  await dialogue(
    { limits: { badCommands: 100 } },
    HELO + exchanges([
      ["XFOO", "500 5.5.1 Unknown command"],
      ["SEND FROM:<a@b>", "502 5.5.1 Command not implemented"],
      ["TURN", "502 5.5.1 Command not implemented"],
      ["ETRN example.org", "502 5.5.1 Command not implemented"],
      ["LHLO client.test", "500 5.5.1 Unknown command"],
      ["EXPN staff", "502 5.7.0 EXPN is not allowed"],
      ["EXPN", "502 5.7.0 EXPN is not allowed"],
      ["STARTTLS", "502 5.5.1 Command not implemented"],
      ["AUTH PLAIN AGEAYg==", "502 5.5.1 Command not implemented"],
    ]) + QUIT,
  );
});

Deno.test("what is no verb at all is 500 (S07, S08, A7)", async () => {
  const options = { limits: { badCommands: 100 } };
  await dialogue(
    options,
    HELO + exchanges([
      ["", "500 5.5.2 Malformed command"],
      [" NOOP", "500 5.5.1 Unknown command"],
      ["\\tNOOP", "500 5.5.2 Malformed command"],
      ["NOOP\\t", "500 5.5.2 Malformed command"],
      ["NOOP\\0", "500 5.5.2 Malformed command"],
      ["NOOP \\x1b[2J", "500 5.5.2 Malformed command"],
      ["NO\\x7fOP", "500 5.5.2 Malformed command"],
      ["MA\\xc4\\xb1L FROM:<>", "500 5.5.2 Malformed command"],
      ["MAIL\\xc2\\xa0FROM:<>", "500 5.5.2 Malformed command"],
      ["\\x80\\xff", "500 5.5.2 Malformed command"],
      ["NOOP  x", "250 2.0.0 OK"],
      ["NOOP ", "250 2.0.0 OK"],
    ]) + QUIT,
  );
});

Deno.test("octets above 127 are refused wherever no address stands (RFC 5321 2.4, #46)", async () => {
  const malformed = "500 5.5.2 Malformed command";
  await dialogue(
    {},
    EHLO + exchanges([
      ["NOOP \\xc3\\xa9", malformed],
      ["HELP \\xff", malformed],
      ["RSET \\xff", malformed],
      [
        "MAIL FROM:<\\xc3\\xa9@client.test>",
        "550 5.6.7 Sender is not ASCII, and SMTPUTF8 was not asked for",
      ],
      ["MAIL FROM:<\\xff@client.test>", "501 5.5.4 {any}"],
    ]) + MAIL + exchanges([
      [
        "RCPT TO:<b@\\xc3\\xa9.test>",
        "553 5.6.7 Address is not ASCII, and SMTPUTF8 was not asked for",
      ],
      ["RCPT TO:<b@\\xc3.test>", "501 5.5.4 {any}"],
    ]) + QUIT,
  );
});

Deno.test("HELP lists the commands, and tells the form of each (RFC 5321 4.1.1.8, #34)", async () => {
  await dialogue(
    {},
    GREETED + exchanges([
      [
        "HELP",
        "214 2.0.0 Commands: EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY EXPN AUTH STARTTLS XCLIENT XFORWARD HELP",
      ],
      ["HELP mail", "214 2.0.0 Syntax: MAIL FROM:<address> [parameters]"],
      ["HELP XFOO", "504 5.5.1 No help on that"],
    ]) + QUIT,
  );
});

Deno.test("all that must be there is there (RFC 5321 4.5.1, #35)", async () => {
  const verify = exchanges([["VRFY ada", "252 2.5.0 {any}"], ["NOOP", "250 2.0.0 OK"]]);
  await dialogue({}, [
    EHLO + MESSAGE + MAIL + "C: RSET\nS: 250 2.0.0 OK\n" + verify + QUIT,
    HELO + QUIT,
  ]);
});

Deno.test("nothing that EHLO lists is 500 or 502 (RFC 5321 4.2.4, #28)", async () => {
  const { server } = await certificates();
  const options: ServerOptions = {
    tls: server,
    trust: { xclient: ["127.0.0.1"], xforward: ["127.0.0.1"] },
    auth: { insecure: "always", required: false },
    onLogin: () => {},
  };
  const offered = ehlo({ startTls: true, auth: "PLAIN LOGIN" }).replace(
    "S: 250 HELP",
    "S: 250-XCLIENT {any}\nS: 250-XFORWARD {any}\nS: 250 HELP",
  );
  await dialogue(
    options,
    GREETED + offered + exchanges([
      ["STARTTLS x", "501 {any}"],
      ["AUTH X", "504 {any}"],
      ["BDAT 0", "503 {any}"],
      ["XCLIENT x", "501 {any}"],
      ["XFORWARD x", "501 {any}"],
      ["HELP", "214 {any}"],
      ["MAIL FROM:<> SIZE=1 BODY=BINARYMIME SMTPUTF8 RET=FULL", "250 {any}"],
      ["RCPT TO:<b@mx.test> NOTIFY=NEVER", "250 {any}"],
    ]) + QUIT,
  );
});

Deno.test("VRFY neither confirms nor denies (RFC 5321 7.3, #36)", async () => {
  const cannot = "252 2.5.0 Cannot verify the user, but will try to deliver";
  await dialogue(
    {},
    HELO + exchanges([
      ["VRFY ada", cannot],
      ["VRFY <nobody@mx.test>", cannot],
      ["VRFY", "501 5.5.4 Syntax: VRFY string [SMTPUTF8]"],
    ]) + QUIT,
  );
});

Deno.test("VRFY in a transaction leaves it open (RFC 5321 4.1.4)", async () => {
  await dialogue(
    {},
    HELO + MAIL + exchanges([["VRFY ada", "252 {any}"], ["HELP", "214 {any}"]]) + RCPT + QUIT,
  );
});
