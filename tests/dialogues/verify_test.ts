import { assertEquals } from "@std/assert";
import { dialogue } from "../helpers/dialogue.ts";
import { EHLO, exchanges, HELO, MAIL, QUIT, RCPT } from "../helpers/transcripts.ts";
import type { ServerOptions } from "../../server/options.ts";

const CANNOT = "252 2.5.0 Cannot verify the user, but will try to deliver";

/** A server that knows a few. */
function knowing(people: Record<string, string[]>): ServerOptions {
  return {
    limits: { badCommands: 1000 },
    onVerify: (session) => {
      if (session.name === "nobody") session.accept = false;
      else session.matches = people[session.name] ?? [];
    },
  };
}

Deno.test("VRFY tells what onVerify says: 250, 252, 550 or 553 (RFC 5321 3.5, 4.1.1.6, #36, #37)", async () => {
  await dialogue(
    knowing({
      ada: ["Ada Lovelace <ada@mx.test>"],
      "ada@mx.test": ["ada@mx.test"],
      smith: ["Jo Smith <jo@mx.test>", "Al Smith <al@mx.test>"],
    }),
    HELO + MAIL + exchanges([
      ["VRFY ada", "250 2.1.5 Ada Lovelace <ada@mx.test>"],
      ["vrfy ada@mx.test", "250 2.1.5 <ada@mx.test>"],
      ["VRFY somebody", CANNOT],
      ["VRFY nobody", "550 5.1.1 No such recipient here"],
      ["VRFY SMTPUTF8", CANNOT],
      ["VRFY", "501 5.5.4 Syntax: VRFY string [SMTPUTF8]"],
    ]) + "C: VRFY smith\nS: 553-5.1.4 Ambiguous, it may be\n" +
      "S: 553-5.1.4 Jo Smith <jo@mx.test>\nS: 553 5.1.4 Al Smith <al@mx.test>\n" + RCPT + QUIT,
  );
});

Deno.test("VRFY with SMTPUTF8 asks in UTF-8 and is answered so (RFC 6531 3.7.4.2, #175, #176)", async () => {
  const seen: unknown[] = [];
  const jose = "Jos\\xc3\\xa9 <jos\\xc3\\xa9@m\\xc3\\xbcnchen.example>";
  const said = "José <josé@münchen.example>";
  await dialogue(
    {
      onVerify: (session) => {
        seen.push([session.name, session.utf8]);
        session.matches = session.name === "two" ? [said, "b@mx.test"] : [said];
      },
    },
    EHLO + exchanges([
      ["VRFY jos\\xc3\\xa9 SMTPUTF8", `250 2.1.5 ${jose}`],
      ["VRFY jose smtputf8", `250 2.1.5 ${jose}`],
      [
        "VRFY jose",
        "252 2.6.8 Cannot tell: the answer is not ASCII, and SMTPUTF8 was not asked for",
      ],
      [
        "VRFY jos\\xc3\\xa9",
        "553 5.6.7 Address is not ASCII, and SMTPUTF8 was not asked for",
      ],
      ["VRFY \\xff SMTPUTF8", "501 5.5.4 Syntax: VRFY string [SMTPUTF8]"],
      ["VRFY a\\xe2\\x80\\x8bb SMTPUTF8", "501 5.5.4 Syntax: VRFY string [SMTPUTF8]"],
    ]) + `C: VRFY two SMTPUTF8\nS: 553-5.1.4 Ambiguous, it may be\n` +
      `S: 553-5.1.4 ${jose}\nS: 553 5.1.4 <b@mx.test>\n` + QUIT,
  );
  assertEquals(seen, [["josé", true], ["jose", true], ["jose", false], ["two", true]]);
});

Deno.test("VRFY with SMTPUTF8 is 504 where SMTPUTF8 is switched off (RFC 6531 3.7.4.2, #33)", async () => {
  await dialogue(
    { extensions: { smtpUtf8: false } },
    HELO + exchanges([
      ["VRFY ada SMTPUTF8", "504 5.5.4 SMTPUTF8 is not offered"],
      ["VRFY ada", CANNOT],
    ]) + QUIT,
  );
});

Deno.test("an answer to VRFY cannot leave its line, and is cut to 512 octets (RFC 5321 4.5.3.1.5, P11)", async () => {
  await dialogue(
    knowing({ tab: ["a\tb\u2028c"], long: ["x".repeat(512)], "long é": ["é".repeat(512)] }),
    HELO + exchanges([
      ["VRFY tab SMTPUTF8", "250 2.1.5 <a\\x09b\\u{2028}c>"],
      ["VRFY long", `250 2.1.5 <${"x".repeat(499)}`],
      ["VRFY long \\xc3\\xa9 SMTPUTF8", `250 2.1.5 <${"\\xc3\\xa9".repeat(164)}\\xe2\\x80\\xa6`],
    ]) + QUIT,
  );
});

Deno.test("onVerify may refuse in its own words, fail, and end the session (RFC 2034 4, #188)", async () => {
  const faults: string[] = [];
  await dialogue(
    {
      onError: (error) => void faults.push(error.message),
      onVerify: (session) => {
        if (session.name === "private") session.reject(550, "5.7.1 Ask them");
        else if (session.name === "broken") throw new Error("broken");
        else session.disconnect();
      },
    },
    HELO + exchanges([
      ["VRFY private", "550 5.7.1 Ask them"],
      ["VRFY broken", CANNOT],
      ["VRFY x", CANNOT],
    ]) + "S: 421 4.7.0 Closing the connection\n== end",
  );
  assertEquals(faults.length, 1);
});

Deno.test("EXPN, with SMTPUTF8 too, ETRN and TURN are known and not done: 502 (RFC 5321 4.2.4, RFC 6531 3.7.4.2, RFC 1985 4, #27, #38)", async () => {
  await dialogue(
    {},
    HELO + exchanges([
      ["EXPN staff", "502 5.7.0 EXPN is not allowed"],
      ["EXPN caf\\xc3\\xa9 SMTPUTF8", "502 5.7.0 EXPN is not allowed"],
      ["ETRN example.org", "502 5.5.1 Command not implemented"],
      ["TURN", "502 5.5.1 Command not implemented"],
    ]) + QUIT,
  );
});

Deno.test("onVerify may be a script, with network threads too (RFC 5321 3.5)", async () => {
  const script = new URL(`data:text/javascript,${
    encodeURIComponent(
      "export function onVerify(session) { session.matches = [`${session.name} <${session.utf8}@mx.test>`]; }",
    )
  }`);
  for (const threads of [1, 2]) {
    await dialogue(
      { threads, onVerify: script },
      HELO + exchanges([
        ["VRFY ada", "250 2.1.5 ada <false@mx.test>"],
        ["VRFY jos\\xc3\\xa9 SMTPUTF8", "250 2.1.5 jos\\xc3\\xa9 <true@mx.test>"],
      ]) + QUIT,
    );
  }
});
