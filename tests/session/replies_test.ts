import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  badArguments,
  badParameter,
  challenge,
  ehlo,
  greeting,
  helo,
  help,
  REPLIES,
  severally,
  unknownParameter,
  utter,
} from "../../session/replies.ts";
import { text } from "../helpers/split.ts";

/** What each fixed reply says on the wire: the whole table, so that a change of one is seen here. */
const TABLE: Readonly<Record<string, string>> = {
  bye: "221 2.0.0 Bye",
  authenticated: "235 2.7.0 Authentication succeeded",
  done: "250 2.0.0 OK",
  senderAccepted: "250 2.1.0 Sender accepted",
  recipientAccepted: "250 2.1.5 Recipient accepted",
  chunkAccepted: "250 2.0.0 Chunk accepted",
  messageAccepted: "250 2.0.0 Message accepted",
  utf8AnswerNeeded:
    "252 2.6.8 Cannot tell: the answer is not ASCII, and SMTPUTF8 was not asked for",
  cannotVerify: "252 2.5.0 Cannot verify the user, but will try to deliver",
  startTls: "220 2.0.0 Ready to start TLS",
  startMail: "354 Send the message, end it with <CRLF>.<CRLF>",
  shuttingDown: "421 4.3.2 Service is shutting down, try again later",
  tooManyConnections: "421 4.3.2 Too many connections, try again later",
  tooManyFromYou: "421 4.7.0 Too many connections from your address, try again later",
  tooManyErrors: "421 4.7.0 Too many errors, closing the connection",
  tooManyTransactions: "421 4.7.0 Too many messages in one session, closing the connection",
  tooManyLogins: "421 4.7.0 Too many failed logins, closing the connection",
  notSmtp: "421 4.7.0 This is an SMTP server, closing the connection",
  timedOut: "421 4.4.2 Timed out, closing the connection",
  noService: "421 4.3.0 No service at the moment, try again later",
  disconnected: "421 4.7.0 Closing the connection",
  localError: "451 4.3.0 Local error, try again later",
  noStorage: "452 4.3.1 Too many messages under way, try again later",
  tooManyDomains: "452 4.5.3 Too many domains of recipients",
  tooManyRecipients: "452 4.5.3 Too many recipients",
  loginUnavailable: "454 4.7.0 Cannot authenticate at the moment, try again later",
  unknownCommand: "500 5.5.1 Unknown command",
  malformedCommand: "500 5.5.2 Malformed command",
  lineTooLong: "500 5.5.2 Line too long",
  authLineTooLong: "500 5.5.6 Authentication exchange line is too long",
  bareLineFeed: "500 5.5.2 Lines end in CR LF, got a bare LF, closing the connection",
  parametersAfterHelo: "501 5.5.4 Parameters need EHLO, got HELO",
  malformedChunk: "501 5.5.4 Bad chunk size, closing the connection; syntax: BDAT size [LAST]",
  notBase64: "501 5.5.2 Cannot decode: not base64",
  authCancelled: "501 5.7.0 Authentication cancelled",
  notImplemented: "502 5.5.1 Command not implemented",
  noExpansion: "502 5.7.0 EXPN is not allowed",
  refusedSession: "503 5.5.1 No service here, only QUIT is left",
  helloFirst: "503 5.5.1 Send EHLO or HELO first",
  lhloFirst: "503 5.5.1 Send LHLO first",
  mailFirst: "503 5.5.1 Send MAIL first",
  recipientFirst: "503 5.5.1 Send RCPT first",
  noRecipientsHere: "503 5.5.1 No valid recipients",
  chunksFirst: "503 5.5.1 The message comes in chunks, send BDAT or RSET",
  binaryNeedsChunks: "503 5.5.1 A binary message comes in chunks, send BDAT",
  transactionOpen: "503 5.5.1 A mail transaction is open already",
  alreadyAuthenticated: "503 5.5.1 Authenticated already",
  alreadySecure: "503 5.5.1 TLS is active already",
  unknownMechanism: "504 5.5.4 Authentication mechanism is not supported",
  noUtf8: "504 5.5.4 SMTPUTF8 is not offered",
  noHelp: "504 5.5.1 No help on that",
  requireTlsInClear: "530 5.7.10 REQUIRETLS needs TLS, send STARTTLS first",
  tlsRequired: "530 5.7.0 Send STARTTLS first",
  loginRequired: "530 5.7.0 Authentication is required",
  loginRefused: "535 5.7.8 Authentication credentials are invalid",
  encryptionNeeded: "538 5.7.11 Authentication needs encryption, send STARTTLS first",
  recipientRefused: "550 5.1.1 No such recipient here",
  utf8SenderNeeded: "550 5.6.7 Sender is not ASCII, and SMTPUTF8 was not asked for",
  notAuthorized: "550 5.7.0 Insufficient authorization",
  senderRefused: "550 5.7.1 Sender refused",
  bareLineEnding: "550 5.5.2 Message refused: it holds a bare CR or a bare LF",
  nulInMessage: "550 5.6.0 Message refused: it holds a NUL",
  messageTooLarge: "552 5.3.4 Message exceeds the maximum size",
  utf8HeaderUnasked: "554 5.6.9 Header is not ASCII, and SMTPUTF8 was not asked for",
  utf8Needed: "553 5.6.7 Address is not ASCII, and SMTPUTF8 was not asked for",
  serviceRefused: "554 5.7.1 Service refused",
  tooManyHops: "554 5.4.6 Message refused: too many Received fields, mail goes in circles",
  messageRefused: "554 5.7.1 Message refused",
  noRecipients: "554 5.5.1 No valid recipients",
  outOfSync: "554 5.5.0 Input after STARTTLS, closing the connection",
};

Deno.test("REPLIES holds every fixed reply as the table says", () => {
  assertEquals(
    Object.fromEntries(
      Object.entries(REPLIES).map(([name, reply]) => [name, text(reply.bytes).slice(0, -2)]),
    ),
    { ...TABLE },
  );
});

Deno.test("every fixed reply is one line of printable ASCII, its enhanced code of its class (#31, #189, RFC 2034 4)", () => {
  for (const [name, { code, enhanced, bytes }] of Object.entries(REPLIES)) {
    const wire = text(bytes);
    assert(code >= 200 && code <= 599, name);
    assertEquals(wire.indexOf("\r\n"), wire.length - 2, name);
    assert(
      [...wire.slice(0, -2)].every((one) => one >= " " && one <= "~") && wire.length <= 512,
      name,
    );
    if (code >= 300 && code < 400) assertEquals(enhanced, null, name);
    else assertEquals(enhanced?.[0], String(code)[0], name);
  }
});

Deno.test("every 421 says that the connection ends, or to come again (#26)", () => {
  for (const [name, { code, lines }] of Object.entries(REPLIES)) {
    if (code !== 421) continue;
    assert(
      lines[0].includes("losing the connection") || lines[0].includes("try again later"),
      name,
    );
  }
});

Deno.test("every fixed reply is uttered somewhere in the server", async () => {
  const source = await sources(new URL("../../server/", import.meta.url));
  // A name that begins like another's must not stand for it.
  const uttered = new Set(
    source.split("REPLIES.").slice(1).map((rest) => rest.slice(0, rest.search(/\W/))),
  );
  assertEquals(Object.keys(REPLIES).filter((name) => !uttered.has(name)), []);
});

async function sources(directory: URL): Promise<string> {
  let all = "";
  for await (const { name, isFile } of Deno.readDir(directory)) {
    const url = new URL(isFile ? name : `${name}/`, directory);
    all += isFile ? await Deno.readTextFile(url) : await sources(url);
  }
  return all;
}

Deno.test("the fixed replies cannot be changed", () => {
  assert(Object.isFrozen(REPLIES));
  assert(Object.values(REPLIES).every(Object.isFrozen));
});

Deno.test("greeting(), helo() and ehlo() carry no enhanced code (RFC 5321 4.2, RFC 2034 4, #1, #4, #5, #188)", () => {
  assertEquals(text(greeting("mx.test").bytes), "220 mx.test ESMTP\r\n");
  assertEquals(text(greeting("mx.test", true).bytes), "220 mx.test LMTP\r\n");
  assertEquals(text(helo("mx.test").bytes), "250 mx.test\r\n");
  assertEquals(
    text(ehlo("mx.test", ["SIZE 5", "HELP"]).bytes),
    "250-mx.test\r\n250-SIZE 5\r\n250 HELP\r\n",
  );
  assertEquals(text(ehlo("mx.test", []).bytes), "250 mx.test\r\n");
});

Deno.test("severally() sends each reply, and counts as the best of them (RFC 2033 4.2, #203)", () => {
  const each = severally([REPLIES.localError, REPLIES.messageAccepted, REPLIES.messageRefused]);
  assertEquals(
    text(each.bytes),
    "451 4.3.0 Local error, try again later\r\n250 2.0.0 Message accepted\r\n554 5.7.1 Message refused\r\n",
  );
  assertEquals(each.code, 250);
  assertEquals(severally([REPLIES.localError, REPLIES.messageRefused]).code, 451);
});

Deno.test("help() says the code and the enhanced code on each line (#32, #189)", () => {
  assertEquals(text(help("a", "b").bytes), "214-2.0.0 a\r\n214 2.0.0 b\r\n");
});

Deno.test("challenge() of nothing keeps its space, and a long one is not cut (RFC 4954 4, #133)", () => {
  assertEquals(text(challenge("").bytes), "334 \r\n");
  assertEquals(challenge("A".repeat(12_000)).bytes.length, 12_006);
});

Deno.test("badArguments(), badParameter() and unknownParameter() are 501, 501 and 555 (#29, #107)", () => {
  assertEquals(text(badArguments("VRFY string").bytes), "501 5.5.4 Syntax: VRFY string\r\n");
  assertEquals(
    text(badArguments("RSET", "No argument is allowed").bytes),
    "501 5.5.4 No argument is allowed; syntax: RSET\r\n",
  );
  assertEquals(
    text(badParameter("SIZE", "1 to 20 digits").bytes),
    "501 5.5.4 Bad parameter SIZE: it takes 1 to 20 digits\r\n",
  );
  assertEquals(
    text(unknownParameter("X".repeat(2000)).bytes),
    `555 5.5.4 Unknown parameter ${"X".repeat(80)}\r\n`,
  );
});

Deno.test("utter() refuses what is no reply, and lets no text leave its line (P11)", () => {
  assertThrows(() => utter(199, null, "x"), TypeError);
  assertThrows(() => utter(600, null, "x"), TypeError);
  assertThrows(() => utter(550, "4.0.0", "x"), TypeError);
  assertThrows(() => utter(550, "5.0", "x"), TypeError);
  assertEquals(
    text(utter(550, "5.0.0", "a\r\n250 b\0\x1b\xe9").bytes),
    "550 5.0.0 a\\x0d\\x0a250 b\\x00\\x1b\\u{e9}\r\n",
  );
});
