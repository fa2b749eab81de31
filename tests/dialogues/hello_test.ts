import { assertEquals } from "@std/assert";
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

const HELLO_FIRST = "503 5.5.1 Send EHLO or HELO first";
const NO_NAME =
  "501 5.5.4 Cannot read the name of the client: it must be a domain or an address literal, got";

Deno.test("HELO is answered by one line without extensions (RFC 5321 4.1.1.1, #4)", async () => {
  await dialogue({}, HELO + QUIT);
});

Deno.test("EHLO is answered by the name and a line for each extension (RFC 5321 4.1.1.1, #5, #93, #106, S02)", async () => {
  await dialogue({}, EHLO + QUIT);
});

Deno.test("verbs and FROM:, TO: may be in any case (RFC 5321 2.4, #7)", async () => {
  await dialogue(
    {},
    GREETED + "C: eHlO client.test\n" + ehlo().slice("C: EHLO client.test\n".length) +
      exchanges([
        ["mAiL fRoM:<a@client.test>", "250 2.1.0 Sender accepted"],
        ["rCpT tO:<b@mx.test>", "250 2.1.5 Recipient accepted"],
        ["rset", "250 2.0.0 OK"],
      ]) + QUIT,
  );
});

Deno.test("EHLO takes address literals, and what clients send instead of names (RFC 5321 4.1.1.1, #8)", async () => {
  const names = ["[192.0.2.1]", "[IPv6:2001:db8::1]", "localhost", "my_pc", "client.test."];
  const seen: (string | null)[] = [];
  const lines = names.map((name) =>
    `C: HELO ${name}\nS: 250 mx.test\nC: MAIL FROM:<>\nS: 250 2.1.0 Sender accepted\n`
  );
  await dialogue({
    onMailFrom: (session) => {
      seen.push(session.hello);
      session.accept = true;
    },
  }, GREETED + lines.join("") + QUIT);
  assertEquals(seen, names);
});

Deno.test("a hello without a fitting name is 501, and nothing changes (RFC 5321 4.1.4, #9, S01)", async () => {
  await dialogue(
    {},
    GREETED + exchanges([
      ["EHLO", `${NO_NAME} ""; syntax: EHLO domain`],
      ["HELO", `${NO_NAME} ""; syntax: HELO domain`],
      ["EHLO a b", `${NO_NAME} "a b"; syntax: EHLO domain`],
      ["EHLO [192.0.2.256]", `${NO_NAME} "[192.0.2.256]"; syntax: EHLO domain`],
      ["EHLO a\\xe9b", "500 5.5.2 Malformed command"],
      [`EHLO ${"a".repeat(256)}`, "501 5.5.4 {any}"],
      ["MAIL FROM:<>", HELLO_FIRST],
    ]) + QUIT,
  );
});

Deno.test("nothing of a transaction before EHLO or HELO (RFC 5321 4.1.1.1, #13, S03)", async () => {
  await dialogue(
    {},
    GREETED + exchanges([
      ["MAIL FROM:<a@client.test>", HELLO_FIRST],
      ["RCPT TO:<b@mx.test>", HELLO_FIRST],
      ["DATA", HELLO_FIRST],
      ["AUTH PLAIN", HELLO_FIRST],
    ]) + QUIT,
  );
});

Deno.test("NOOP, HELP, VRFY, EXPN and RSET need no EHLO (RFC 5321 4.1.4, #14, #21)", async () => {
  await dialogue(
    {},
    GREETED + exchanges([
      ["NOOP", "250 2.0.0 OK"],
      ["HELP NOOP", "214 2.0.0 Syntax: NOOP [string]"],
      ["VRFY ada", "252 2.5.0 Cannot verify the user, but will try to deliver"],
      ["EXPN list", "502 5.7.0 EXPN is not allowed"],
      ["RSET", "250 2.0.0 OK"],
      ["MAIL FROM:<>", HELLO_FIRST],
    ]) + QUIT,
  );
});

Deno.test("EHLO in a transaction ends it (RFC 5321 4.1.4, #11, S25)", async () => {
  const again = "S: 503 5.5.1 Send MAIL first\n";
  await dialogue(
    {},
    EHLO + MAIL + RCPT + ehlo() + `C: DATA\n${again}C: RCPT TO:<b@mx.test>\n${again}` + QUIT,
  );
});

Deno.test("HELO in a transaction ends it, and takes the extensions away (RFC 5321 4.1.4, #11, S02, S25)", async () => {
  await dialogue(
    {},
    EHLO + MAIL + RCPT + exchanges([
      ["HELO client.test", "250 mx.test"],
      ["DATA", "503 5.5.1 Send MAIL first"],
      ["MAIL FROM:<> SIZE=1", "501 5.5.4 Parameters need EHLO, got HELO"],
    ]) + ehlo() + exchanges([["MAIL FROM:<> SIZE=1", "250 2.1.0 Sender accepted"]]) + QUIT,
  );
});

Deno.test("EHLO that fails leaves the transaction open (RFC 5321 4.1.4, #12)", async () => {
  await dialogue(
    {},
    EHLO + MAIL + RCPT + `C: EHLO\nS: ${NO_NAME} ""; syntax: EHLO domain\n` + DATA +
      "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
});

Deno.test("EHLO may be said again, after a message too (S02)", async () => {
  await dialogue({}, EHLO + ehlo() + MESSAGE + ehlo() + MESSAGE + QUIT);
});
