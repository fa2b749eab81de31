import { assertEquals } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { dialogue } from "../helpers/dialogue.ts";
import {
  ehlo,
  exchanges,
  GREETED,
  HELO,
  MAIL,
  MESSAGE,
  QUIT,
  RCPT,
} from "../helpers/transcripts.ts";
import { encodeBase64 } from "../../session/wire/base64.ts";
import { octets } from "../helpers/split.ts";
import type { ServerOptions } from "../../server/options.ts";

const OFFERED = GREETED + ehlo({ auth: "PLAIN LOGIN" });
const YES = "235 2.7.0 Authentication succeeded";
const NO = "535 5.7.8 Authentication credentials are invalid";
const REQUIRED = "530 5.7.0 Authentication is required";
const NOT_BASE64 = "501 5.5.2 Cannot decode: not base64";
const PATIENT = { badCommands: 1000, failedLogins: 1000 };

/** A server that knows ada. */
function logins(options: ServerOptions = {}): ServerOptions {
  return {
    onLogin: (session) => {
      session.authenticated = session.username === "ada" && session.password === "analytical";
    },
    limits: PATIENT,
    ...options,
  };
}

function plain(text: string): string {
  return encodeBase64(octets(text));
}

const ADA = plain("\0ada\0analytical");

Deno.test("AUTH PLAIN, with and without initial response (RFC 4954 4, RFC 4616, #129, #133, #138, S58)", async () => {
  await dialogue(logins(), [
    OFFERED + exchanges([[`AUTH PLAIN ${ADA}`, YES]]) + ehlo() + MESSAGE + QUIT,
    `${OFFERED}C: auth plain\nS: 334\\x20\nC: ${ADA}\nS: ${YES}\n` + MESSAGE + QUIT,
  ]);
});

Deno.test("AUTH LOGIN, with and without initial username (S30)", async () => {
  const password = `S: 334 UGFzc3dvcmQ6\nC: ${plain("analytical")}\nS: ${YES}\n`;
  await dialogue(logins(), [
    `${OFFERED}C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: ${plain("ada")}\n${password}${MAIL}${QUIT}`,
    `${OFFERED}C: AUTH LOGIN ${plain("ada")}\n${password}${MAIL}${QUIT}`,
  ]);
});

Deno.test("wrong credentials are 535, whoever is asked for (RFC 4954 6, #138)", async () => {
  await dialogue(
    logins(),
    OFFERED + exchanges([
      [`AUTH PLAIN ${plain("\0ada\0wrong")}`, NO],
      [`AUTH PLAIN ${plain("\0nobody\0wrong")}`, NO],
      [`AUTH PLAIN ${plain("eve\0ada\0analytical")}`, NO],
      [`AUTH PLAIN ${plain("\0a\x01da\0analytical")}`, NO],
      [`AUTH PLAIN ${plain("\0ada\0")}`, NO],
      [`AUTH PLAIN ${plain("ada\0ada\0analytical")}`, YES],
    ]) + QUIT,
  );
});

Deno.test("what is no PLAIN message is 501 (RFC 4616 2, #136, #150, S28, A5)", async () => {
  const parts = "501 5.5.2 A PLAIN response has three parts";
  await dialogue(
    logins(),
    OFFERED + exchanges([
      ["AUTH PLAIN =", parts],
      [`AUTH PLAIN ${plain("ada\0analytical")}`, parts],
      [`AUTH PLAIN ${plain("\0ada\0analytical\0x")}`, parts],
      [`AUTH PLAIN ${plain("\0\0analytical")}`, "501 5.5.2 The name is empty"],
      [`AUTH PLAIN ${plain("\0\xff\0analytical")}`, "501 5.5.2 The name is not UTF-8"],
      [`AUTH PLAIN ${plain("\0ada\0\xc0\x80")}`, "501 5.5.2 The password is not UTF-8"],
      [`AUTH PLAIN ${plain("\xff\0ada\0analytical")}`, "501 5.5.2 The name to act as is not UTF-8"],
      [`AUTH PLAIN ${plain(`\0${"a".repeat(255)}\0${"b".repeat(255)}`)}`, NO],
    ]) + QUIT,
  );
});

Deno.test("what is not base64 is 501, in the command and behind it (RFC 4954 4, #135, S28, A5)", async () => {
  const bad = [
    "!!!!",
    "=AAA",
    "AAA=BBB",
    "AA",
    "AAA",
    "AAAA=",
    "AB==",
    "AGEAYg= =",
    "-_-_",
    "AGEA YgAA",
  ];
  await dialogue(
    logins(),
    OFFERED + exchanges(bad.map((text) => [`AUTH PLAIN ${text}`, NOT_BASE64])) +
      bad.map((text) => `C: AUTH PLAIN\nS: 334\\x20\nC: ${text}\nS: ${NOT_BASE64}\n`).join("") +
      exchanges([["AUTH PLAIN AGEAYg==\\t", "500 5.5.2 Malformed command"]]) +
      MAIL.replace("250 2.1.0 Sender accepted", REQUIRED) + QUIT,
  );
});

Deno.test("an asterisk cancels at every step, and the session goes on (RFC 4954 4, #134, S29, S58, A5)", async () => {
  const cancelled = "S: 501 5.7.0 Authentication cancelled\n";
  const login = "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n";
  await dialogue(
    logins(),
    OFFERED + `C: AUTH PLAIN\nS: 334\\x20\nC: *\n${cancelled}${login}C: *\n${cancelled}` +
      `${login}C: ${plain("ada")}\nS: 334 UGFzc3dvcmQ6\nC: *\n${cancelled}` +
      `C: AUTH PLAIN\nS: 334\\x20\nC: *x\nS: ${NOT_BASE64}\nC: AUTH PLAIN\nS: 334\\x20\nC: *\\x20\nS: ${NOT_BASE64}\n` +
      exchanges([[`AUTH PLAIN ${ADA}`, YES]]) + QUIT,
  );
});

Deno.test("within an exchange a command is a response like any other (RFC 4954 4, #148, A5)", async () => {
  const begin = "C: AUTH PLAIN\nS: 334\\x20\n";
  await dialogue(
    logins(),
    OFFERED +
      ["EHLO client.test", "RSET!", "STARTTLS!", "MAIL FROM:<>"].map((line) =>
        `${begin}C: ${line}\nS: ${NOT_BASE64}\n`
      ).join("") + `${begin}C: QUIT\nS: 501 5.5.2 A PLAIN response has three parts\n` + QUIT,
  );
});

Deno.test("a response of 12,288 octets is read, a longer one is 500 5.5.6 (RFC 4954 4, #137, A5)", async () => {
  const long = (length: number): string => `${"A".repeat(length - 2)}`;
  const begin = "C: AUTH PLAIN\nS: 334\\x20\n";
  const fits = "501 5.5.2 A PLAIN response has three parts";
  await dialogue(
    logins(),
    OFFERED +
      `${begin}C: ${long(12_286)}\nS: ${fits}\n${begin}C: ${
        long(12_290)
      }\nS: 500 5.5.6 Authentication exchange line is too long\n` +
      exchanges([[`AUTH PLAIN ${"A".repeat(12_272)}`, fits], [
        `AUTH PLAIN ${"A".repeat(12_280)}`,
        "500 5.5.2 Line too long",
      ]]) +
      exchanges([[`AUTH PLAIN ${ADA}`, YES]]) + QUIT,
  );
});

Deno.test("mechanisms that are not listed are 504 (RFC 4954 4, #132, S31)", async () => {
  await dialogue(
    logins({ auth: { mechanisms: ["LOGIN"] } }),
    GREETED + ehlo({ auth: "LOGIN" }) + exchanges([
      ["AUTH FOO", "504 5.5.4 Authentication mechanism is not supported"],
      ["AUTH CRAM-MD5", "504 5.5.4 Authentication mechanism is not supported"],
      [`AUTH PLAIN ${ADA}`, "504 5.5.4 Authentication mechanism is not supported"],
      ["AUTH", "501 5.5.4 Syntax: AUTH mechanism [initial-response]"],
    ]) + QUIT,
  );
});

Deno.test("a second AUTH is 503, after RSET too, and AUTH in a transaction (RFC 4954 4, #130, #131, S26, S27, S57)", async () => {
  const already = "503 5.5.1 Authenticated already";
  await dialogue(
    logins(),
    OFFERED +
      exchanges([[`AUTH PLAIN ${ADA}`, YES], [`AUTH PLAIN ${ADA}`, already], [
        "RSET",
        "250 2.0.0 OK",
      ], ["AUTH LOGIN", already]]) + MAIL + QUIT,
  );
  await dialogue(
    logins({ auth: { required: false } }),
    OFFERED + MAIL +
      exchanges([[`AUTH PLAIN ${ADA}`, "503 5.5.1 A mail transaction is open already"]]) +
      RCPT +
      exchanges([[`AUTH PLAIN ${ADA}`, "503 5.5.1 A mail transaction is open already"], [
        "RSET",
        "250 2.0.0 OK",
      ], [`AUTH PLAIN ${ADA}`, YES]]) + MESSAGE + QUIT,
  );
});

Deno.test("with onLogin mail needs a login (RFC 4954 6, #139, S32)", async () => {
  await dialogue(
    logins(),
    OFFERED + exchanges([
      ["MAIL FROM:<>", REQUIRED],
      ["RCPT TO:<b@mx.test>", REQUIRED],
      ["DATA", REQUIRED],
      ["VRFY a", REQUIRED],
      ["EXPN a", REQUIRED],
      ["HELP", REQUIRED],
      ["NOOP", "250 2.0.0 OK"],
      ["RSET", "250 2.0.0 OK"],
      ["HELO c", "250 mx.test"],
      [`AUTH PLAIN ${ADA}`, YES],
    ]) + MESSAGE + QUIT,
  );
});

Deno.test("auth.required: false lets mail in without a login (#139)", async () => {
  await dialogue(logins({ auth: { required: false } }), OFFERED + MESSAGE + QUIT);
  await dialogue(
    { auth: { required: true } },
    HELO + exchanges([["MAIL FROM:<>", REQUIRED]]) + QUIT,
  );
});

Deno.test("auth.insecure: never, loopback, always (RFC 4954 4, #140, #141, #142, S51, P18)", async () => {
  const { server } = await certificates();
  const never =
    exchanges([["AUTH PLAIN", "538 5.7.11 Authentication needs encryption, send STARTTLS first"]]) +
    QUIT;
  const tls = { tls: server };
  await dialogue(logins({ auth: { insecure: "never" } }), GREETED + ehlo() + never);
  await dialogue(logins(tls), GREETED + ehlo({ startTls: true }) + never);
  await dialogue(
    logins({ ...tls, auth: { insecure: "loopback" } }),
    GREETED + ehlo({ startTls: true, auth: "PLAIN LOGIN" }) + QUIT,
  );
  await dialogue(
    logins({ ...tls, auth: { insecure: "always" } }),
    GREETED + ehlo({ startTls: true, auth: "PLAIN LOGIN" }) + QUIT,
  );
  await dialogue(logins({ ...tls, ssl: false }), OFFERED + QUIT);
  await dialogue(
    logins(tls),
    GREETED + ehlo({ startTls: true }) + "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n" +
      ehlo({ secure: true, auth: "PLAIN LOGIN" }) + exchanges([[`AUTH PLAIN ${ADA}`, YES]]) +
      ehlo({ secure: true }) + MESSAGE +
      QUIT,
  );
});

Deno.test("the third failed login ends the connection, not an earlier one (RFC 4954 9, #143, N17, S89)", async () => {
  const wrong = `AUTH PLAIN ${plain("\0ada\0wrong")}`;
  const tooMany = "S: 421 4.7.0 Too many failed logins, closing the connection\n== end";
  const options = logins({ limits: {} });
  await dialogue(options, [
    OFFERED + exchanges([[wrong, NO], [wrong, NO], [`AUTH PLAIN ${ADA}`, YES]]) + QUIT,
    OFFERED + exchanges([[wrong, NO], ["RSET", "250 2.0.0 OK"], [wrong, NO], [wrong, NO]]) +
    tooMany,
    `${OFFERED}C: ${wrong}\nC: ${wrong}\nC: ${wrong}\nC: AUTH PLAIN ${ADA}\nS: ${NO}\nS: ${NO}\nS: ${NO}\n${tooMany}`,
  ]);
});

Deno.test("handlers after the login see who it is (spec: username, password)", async () => {
  const seen: unknown[] = [];
  await dialogue(
    logins({
      onReceive: (session) => {
        seen.push(session.mechanism, session.username, session.password);
        session.received = true;
      },
    }),
    OFFERED + exchanges([[`AUTH PLAIN ${plain("\0ada\0wrong")}`, NO], [`AUTH PLAIN ${ADA}`, YES]]) +
      MESSAGE + QUIT,
  );
  assertEquals(seen, ["PLAIN", "ada", "analytical"]);
});

Deno.test("AUTH= is believed of a client that has logged in (RFC 4954 5, #144)", async () => {
  const seen: unknown[] = [];
  await dialogue(
    logins({
      onMailFrom: (session) => void (seen.push(session.params.AUTH), session.accept = true),
    }),
    OFFERED +
      exchanges([[`AUTH PLAIN ${ADA}`, YES], [
        "MAIL FROM:<> AUTH=e+3Dmc2@example.com",
        "250 2.1.0 Sender accepted",
      ]]) + QUIT,
  );
  assertEquals(seen, ["e=mc2@example.com"]);
});

Deno.test("commands may follow an AUTH of one round in the same group (RFC 4954 4, #148)", async () => {
  await dialogue(
    logins(),
    `${OFFERED}C: AUTH PLAIN ${ADA}\nC: MAIL FROM:<>\nC: RSET\nS: ${YES}\nS: 250 2.1.0 Sender accepted\nS: 250 2.0.0 OK\n${QUIT}`,
  );
});
