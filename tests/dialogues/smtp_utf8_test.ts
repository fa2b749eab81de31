import { assertEquals } from "@std/assert";
import { dialogue } from "../helpers/dialogue.ts";
import { DATA, EHLO, exchanges, GREETED, MAIL, QUIT } from "../helpers/transcripts.ts";
import type { ServerOptions } from "../../server/options.ts";

const SENT = "250 2.1.0 Sender accepted";
const TAKEN = "250 2.1.5 Recipient accepted";
const UNASKED = "553 5.6.7 Address is not ASCII, and SMTPUTF8 was not asked for";
const JOSE = "jos\\xc3\\xa9";

Deno.test("SMTPUTF8 takes paths in UTF-8, their domains as U-labels and as A-labels (RFC 6531 3.1, 3.3, #169, #171, S38, S39)", async () => {
  const seen: unknown[] = [];
  const options: ServerOptions = {
    onReceive: (session) => {
      seen.push(session.protocol, session.mailFrom, ...session.rcptTo);
      session.received = true;
    },
  };
  await dialogue(
    options,
    EHLO + exchanges([
      [`MAIL FROM:<${JOSE}@m\\xc3\\xbcnchen.example> smtpUTF8`, SENT],
      [`RCPT TO:<"${JOSE} x"@example.org>`, TAKEN],
      ["RCPT TO:<\\xe7\\x94\\xb2@\\xe4\\xbe\\x8b\\xe5\\xad\\x90.example>", TAKEN],
      ["RCPT TO:<ada@xn--mnchen-3ya.example>", TAKEN],
      ["RCPT TO:<b@m\\xc3.example>", "501 5.5.4 {any}"],
      ["RCPT TO:<b\\xff@mx.test>", "501 5.5.4 {any}"],
    ]) + DATA + "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
  assertEquals(
    JSON.parse(JSON.stringify(seen)),
    [
      "UTF8SMTP",
      { address: "josé@münchen.example", params: { SMTPUTF8: true } },
      { address: '"josé x"@example.org', params: {} },
      { address: "甲@例子.example", params: {} },
      { address: "ada@xn--mnchen-3ya.example", params: {} },
    ],
  );
});

Deno.test("without SMTPUTF8 an address beyond ASCII is 550 5.6.7 to MAIL, 553 5.6.7 to RCPT (RFC 6531 3.5, #172, S38, S40)", async () => {
  const refused = "550 5.6.7 Sender is not ASCII, and SMTPUTF8 was not asked for";
  const asked = exchanges([
    [`MAIL FROM:<${JOSE}@client.test>`, refused],
    ["MAIL FROM:<a@m\\xc3\\xbcnchen.example>", refused],
  ]) + MAIL + exchanges([
    [`RCPT TO:<${JOSE}@mx.test>`, UNASKED],
    ["RCPT TO:<b@m\\xc3\\xbcnchen.example>", UNASKED],
  ]);
  await dialogue({}, EHLO + asked + QUIT);
  await dialogue({}, `${GREETED}C: HELO client.test\nS: 250 mx.test\n` + asked + QUIT);
});

Deno.test("SMTPUTF8 takes no value, belongs to MAIL, and lasts for its transaction (RFC 6531 3.4, #170, S38, S83)", async () => {
  const flag = "501 5.5.4 Bad parameter SMTPUTF8: it takes no value";
  await dialogue(
    {},
    EHLO + exchanges([
      ["MAIL FROM:<> SMTPUTF8=1", flag],
      ["MAIL FROM:<> SMTPUTF8", SENT],
      ["RCPT TO:<b@mx.test> SMTPUTF8", "555 5.5.4 Unknown parameter SMTPUTF8"],
      ["RSET", "250 2.0.0 OK"],
      ["MAIL FROM:<>", SENT],
      [`RCPT TO:<${JOSE}@mx.test>`, UNASKED],
    ]) + QUIT,
  );
});

Deno.test("characters that nobody sees are refused with SMTPUTF8 too (RFC 6531 3.3, S80, A9)", async () => {
  const wrong = ["\\xc2\\x85", "\\xe2\\x80\\x8b", "\\xe2\\x81\\xa0", "\\xef\\xbb\\xbf", "\\x7f"];
  await dialogue(
    { limits: { badCommands: 100 } },
    EHLO + exchanges([
      ...wrong.slice(0, 4).map((one): [string, string] => [
        `MAIL FROM:<a${one}b@client.test> SMTPUTF8`,
        "501 5.5.4 {any}",
      ]),
      ["MAIL FROM:<a\\x7fb@client.test> SMTPUTF8", "500 5.5.2 Malformed command"],
      ["MAIL FROM:<a@b\\xe3\\x80\\x82test> SMTPUTF8", "501 5.5.4 {any}"],
    ]) + QUIT,
  );
});

Deno.test("the name of a client is ASCII, SMTPUTF8 or not (RFC 6531 3.7.1, #174)", async () => {
  const malformed = "500 5.5.2 Malformed command";
  await dialogue(
    {},
    GREETED + exchanges([
      ["EHLO m\\xc3\\xbcnchen.example", malformed],
      ["HELO m\\xc3\\xbcnchen.example", malformed],
    ]) + "C: EHLO xn--mnchen-3ya.example\n" + "S: 250-{any}\n".repeat(10) + "S: 250 HELP\n" + QUIT,
  );
});

Deno.test("a header in UTF-8 reaches the handler as it is, which may refuse it: 554 5.6.9 (RFC 6531 3.5, #173, S40)", async () => {
  const seen: string[] = [];
  const options: ServerOptions = {
    onReceive: (session) => {
      seen.push(session.msg);
      const sent = session.mailFrom.params.SMTPUTF8 === true;
      if (sent) session.received = true;
      else session.reject(554, "5.6.9 The header is not ASCII, and SMTPUTF8 was not asked for");
    },
  };
  const message = "C: Subject: \\xc3\\xa9\nC: .\n";
  const rcpt = exchanges([["RCPT TO:<b@mx.test>", TAKEN]]);
  await dialogue(
    options,
    EHLO + MAIL + rcpt + DATA + message +
      "S: 554 5.6.9 The header is not ASCII, and SMTPUTF8 was not asked for\n" +
      exchanges([["MAIL FROM:<> SMTPUTF8", SENT]]) + rcpt + DATA + message +
      "S: 250 2.0.0 Message accepted\n" + QUIT,
  );
  assertEquals(seen, ["Subject: é\r\n", "Subject: é\r\n"]);
});

Deno.test("strict refuses a header in UTF-8 without SMTPUTF8; a body may hold anything (RFC 6531 3.5, #173, S40)", async () => {
  const refused = "554 5.6.9 Header is not ASCII, and SMTPUTF8 was not asked for";
  const rcpt = exchanges([["RCPT TO:<b@mx.test>", TAKEN]]);
  const header = "C: Subject: \\xc3\\xa9\nC: .\n";
  const body = "C: Subject: e\nC:\nC: \\xc3\\xa9\nC: .\n";
  const accepted = "S: 250 2.0.0 Message accepted\n";
  await dialogue(
    { strict: true },
    EHLO + MAIL + rcpt + DATA + header + `S: ${refused}\n` +
      exchanges([["MAIL FROM:<> SMTPUTF8", SENT]]) + rcpt + DATA + header + accepted +
      MAIL + rcpt + DATA + body + accepted + QUIT,
  );
});

Deno.test("replies are ASCII, whatever address they are about (RFC 6531 3.7.4, #175)", async () => {
  await dialogue(
    { onRcptTo: (session) => session.reject(550, `5.1.1 No ${session.address} here`) },
    EHLO + exchanges([
      [`MAIL FROM:<${JOSE}@client.test> SMTPUTF8`, SENT],
      [`RCPT TO:<${JOSE}@mx.test>`, "550 5.1.1 No jos\\u{e9}@mx.test here"],
    ]) + QUIT,
  );
});
