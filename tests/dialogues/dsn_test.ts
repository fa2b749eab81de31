import { assertEquals } from "@std/assert";
import { dialogue } from "../helpers/dialogue.ts";
import { EHLO, exchanges, MAIL, QUIT } from "../helpers/transcripts.ts";
import type { ServerOptions } from "../../server/options.ts";

const SENT = "250 2.1.0 Sender accepted";
const TAKEN = "250 2.1.5 Recipient accepted";
const RET = "501 5.5.4 Bad parameter RET: it takes FULL or HDRS";
const ENVID =
  "501 5.5.4 Bad parameter ENVID: it takes 1 to 100 characters of xtext, for printable ASCII";
const NOTIFY =
  "501 5.5.4 Bad parameter NOTIFY: it takes NEVER or a list of SUCCESS, FAILURE and DELAY";
const ORCPT =
  "501 5.5.4 Bad parameter ORCPT: it takes type;address in xtext, at most 500 characters, such as rfc822;ada@example.org";

/** A server that notes the parameters of MAIL and RCPT. */
function noting(seen: unknown[]): ServerOptions {
  const note = (session: { readonly params: object; accept: boolean }): void => {
    seen.push({ ...session.params });
    session.accept = true;
  };
  return { limits: { badCommands: 1000 }, onMailFrom: note, onRcptTo: note };
}

/** Each MAIL in a transaction of its own. */
function mails(params: readonly string[], reply: string): string {
  return params.map((param) =>
    exchanges([[`MAIL FROM:<> ${param}`, reply], ["RSET", "250 2.0.0 OK"]])
  ).join("");
}

/** So many recipients in the open transaction. */
function recipients(params: readonly string[], reply: string): string {
  return exchanges(params.map((param) => [`RCPT TO:<b@mx.test> ${param}`, reply]));
}

Deno.test("RET and ENVID are checked, and handlers see them decoded (RFC 3461 4.3, 4.4, #179, #180, #184, S73, S83)", async () => {
  const seen: unknown[] = [];
  const longest = "x".repeat(97) + "+2B";
  await dialogue(
    noting(seen),
    EHLO + mails(["RET=full", "ret=HDRS envid=QQ+3D3+20b", `ENVID=${longest}`], SENT) +
      mails(["RET", "RET=HALF", "RET=FULLY"], RET) +
      mails(["ENVID", `ENVID=x${longest}`, "ENVID=+C3+A9", "ENVID=\\xc3\\xa9"], ENVID) + QUIT,
  );
  assertEquals(seen, [
    { RET: "FULL" },
    { RET: "HDRS", ENVID: "QQ=3 b" },
    { ENVID: `${"x".repeat(97)}+` },
  ]);
});

Deno.test("xtext has two upper-case digits behind each +, and stands for no control character (RFC 3461 4, #186, S80)", async () => {
  const wrong = ["+0a", "+0d+0a", "+0D+0A", "+00", "+1F", "+7F", "+G0", "+2", "+", "a+", "+3d"];
  await dialogue(
    noting([]),
    EHLO + mails(wrong.map((one) => `ENVID=${one}`), ENVID) + MAIL +
      recipients(wrong.map((one) => `ORCPT=rfc822;${one}`), ORCPT) + QUIT,
  );
});

Deno.test("NOTIFY is NEVER alone, or a list in which nothing comes twice (RFC 3461 4.1, #181, #184, S73, S83)", async () => {
  const seen: unknown[] = [];
  await dialogue(
    noting(seen),
    EHLO + MAIL +
      recipients(["NOTIFY=never", "NOTIFY=Failure,delay", "notify=SUCCESS,FAILURE,DELAY"], TAKEN) +
      recipients(
        [
          "",
          "=NEVER,FAILURE",
          "=FAILURE,NEVER",
          "=SUCCESS,SUCCESS",
          "=SUCCESS,",
          "=,SUCCESS",
          "=SOMETIMES",
          "=NEVER,NEVER",
        ].map((one) => `NOTIFY${one}`),
        NOTIFY,
      ) + recipients(["NOTIFY="], "501 5.5.4 {any}") + QUIT,
  );
  assertEquals(seen.slice(1), [
    { NOTIFY: "NEVER" },
    { NOTIFY: "FAILURE,DELAY" },
    { NOTIFY: "SUCCESS,FAILURE,DELAY" },
  ]);
});

Deno.test("ORCPT is a type and an address in xtext (RFC 3461 4.2, #182, #184, #185, S73, S83)", async () => {
  const seen: unknown[] = [];
  const longest = `ORCPT=rfc822;${"a".repeat(481)}@example.org`;
  await dialogue(
    noting(seen),
    EHLO + MAIL +
      recipients(
        ["orcpt=RFC822;a+2Bb+3Dc@Example.ORG", "ORCPT=x400;/S+3Dada/C+3Dgb/", longest],
        TAKEN,
      ) +
      recipients(
        [
          "ORCPT",
          "ORCPT=ada@example.org",
          "ORCPT=;ada@example.org",
          "ORCPT=rfc822;",
          "ORCPT=rfc+38;ada",
          "ORCPT=\\xc3\\xa9;ada",
          "ORCPT=rfc822;+C3+A9",
          "ORCPT=rfc822;\\xc3\\xa9@example.org",
          `${longest}x`,
        ],
        ORCPT,
      ) + QUIT,
  );
  assertEquals(seen.slice(1), [
    { ORCPT: "rfc822;a+b=c@Example.ORG" },
    { ORCPT: "x400;/S=ada/C=gb/" },
    { ORCPT: longest.slice("ORCPT=".length) },
  ]);
});

Deno.test("ORCPT=utf-8; is decoded; raw UTF-8 in it needs SMTPUTF8 (RFC 6533 3, #169, #182, S73)", async () => {
  const seen: unknown[] = [];
  const encoded = "ORCPT=utf-8;b\\\\x{E9}\\\\x{2B}\\\\x{1F600}@example.org";
  const raw = "ORCPT=UTF-8;b\\xc3\\xa9\\\\x{5C}@example.org";
  await dialogue(
    noting(seen),
    EHLO + MAIL + recipients([encoded], TAKEN) +
      recipients(
        [
          raw,
          "ORCPT=utf-8;",
          "ORCPT=utf-8;a+2Bb",
          "ORCPT=utf-8;\\\\x{e9}",
          "ORCPT=utf-8;\\\\x{0D}",
          "ORCPT=utf-8;\\\\x{200B}",
          "ORCPT=utf-8;\\\\x{D800}",
          "ORCPT=utf-8;\\\\x{41}",
          "ORCPT=utf-8;\\\\x{E9",
        ],
        ORCPT,
      ) + exchanges([["RSET", "250 2.0.0 OK"], ["MAIL FROM:<> SMTPUTF8", SENT]]) +
      recipients([encoded, raw], TAKEN) + QUIT,
  );
  const bE = { ORCPT: "utf-8;bé+😀@example.org" };
  assertEquals(seen, [{}, bE, { SMTPUTF8: true }, bE, { ORCPT: "utf-8;bé\\@example.org" }]);
});

Deno.test("RCPT with all its parameters may be longer than 512 octets, MAIL too (RFC 3461 5.4, #185, A7)", async () => {
  const path = `<${"a".repeat(64)}@${"b.".repeat(91)}test>`;
  const orcpt = `rfc822;${"+61".repeat(164)}`;
  await dialogue(
    noting([]),
    EHLO + exchanges([
      [`MAIL FROM:${path} RET=FULL ENVID=${"+61".repeat(33)}`, SENT],
      [`RCPT TO:${path} NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=${orcpt}`, TAKEN],
    ]) + QUIT,
  );
});

Deno.test("ORCPT of another type may be UTF-8 in xtext with SMTPUTF8, as Postfix sends it (RFC 6533 3, #182)", async () => {
  const seen: unknown[] = [];
  await dialogue(
    noting(seen),
    EHLO + exchanges([["MAIL FROM:<> SMTPUTF8", SENT]]) +
      recipients(["ORCPT=rfc822;b+C3+A9@example.org"], TAKEN) +
      recipients(["ORCPT=rfc822;b+E2+80+8B@example.org", "ORCPT=rfc822;+C3"], ORCPT) + QUIT,
  );
  assertEquals(seen, [{ SMTPUTF8: true }, { ORCPT: "rfc822;bé@example.org" }]);
});
