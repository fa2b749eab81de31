import { assertEquals } from "@std/assert";
import { dialogue } from "../helpers/dialogue.ts";
import { DATA, ehlo, exchanges, GREETED, HELO, MAIL, QUIT, RCPT } from "../helpers/transcripts.ts";
import type { ServerOptions } from "../../server/options.ts";

const ACCEPTED = "250 2.1.5 Recipient accepted";

function recording(seen: string[][], options: ServerOptions = {}): ServerOptions {
  return {
    onReceive: (session) => {
      seen.push(session.rcptTo.map(({ address }) => address));
      session.received = true;
    },
    ...options,
  };
}

Deno.test("RCPT without MAIL is 503 (RFC 5321 3.3, #16, S18)", async () => {
  await dialogue(
    {},
    HELO + exchanges([["RCPT TO:<b@mx.test>", "503 5.5.1 Send MAIL first"]]) + QUIT,
  );
});

Deno.test("RCPT after a refused MAIL is 503 (A6)", async () => {
  await dialogue(
    { onMailFrom: (session) => void (session.accept = false) },
    HELO + exchanges([
      ["MAIL FROM:<a@client.test>", "550 5.7.1 Sender refused"],
      ["RCPT TO:<b@mx.test>", "503 5.5.1 Send MAIL first"],
      ["DATA", "503 5.5.1 Send MAIL first"],
    ]) + QUIT,
  );
});

Deno.test("RCPT takes what a mailbox may be, and the postmaster (RFC 5321 4.1.1.3, #45, #50, #51, #53, #54, S19)", async () => {
  const seen: string[][] = [];
  const paths = [
    "<postMASTER>",
    "<@one.test,@two.test:u@mx.test>",
    '<"a b"@mx.test>',
    '<"b"@mx.test>',
    "<B@mx.test>",
    "<b@[192.0.2.1]>",
    "<b@[IPv6:2001:db8::1]>",
    '<"x@evil.test>"@mx.test>',
    "<|cmd@mx.test>",
    "<-b@mx.test>",
  ];
  await dialogue(
    recording(seen),
    HELO + MAIL + exchanges(paths.map((path) => [`RCPT TO:${path}`, ACCEPTED])) +
      DATA + "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
  assertEquals(seen, [[
    "postMASTER",
    "u@mx.test",
    '"a b"@mx.test',
    "b@mx.test",
    "B@mx.test",
    "b@[192.0.2.1]",
    "b@[IPv6:2001:db8::1]",
    '"x@evil.test>"@mx.test',
    "|cmd@mx.test",
    "-b@mx.test",
  ]]);
});

Deno.test("RCPT with a malformed path is 501 (RFC 5321 4.1.1.3, #49, #55, S20, S56)", async () => {
  const paths = [
    "",
    "<>",
    "b@mx.test",
    "<b>",
    "<@mx.test>",
    "<b@>",
    "<b@mx.test",
    "<b@mx..test>",
    "<b@[1.2.3]>",
    '<"b@mx.test>',
  ];
  await dialogue(
    { limits: { badCommands: 100 } },
    HELO + MAIL +
      exchanges(
        paths.map((
          path,
        ) => [`RCPT TO:${path}`, "501 5.5.4 {any}; syntax: RCPT TO:<address> [parameters]"]),
      ) + RCPT + QUIT,
  );
});

Deno.test("a hundred recipients and more are taken, each once more where it comes twice (RFC 5321 4.5.3.1.8, #60)", async () => {
  const seen: string[][] = [];
  const names = Array.from({ length: 120 }, (_, i) => `b${i % 100}@mx.test`);
  await dialogue(
    recording(seen),
    HELO + MAIL + exchanges(names.map((name) => [`RCPT TO:<${name}>`, ACCEPTED])) + DATA +
      "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
  assertEquals(seen, [names]);
});

Deno.test("past the limit RCPT is 452, and the earlier ones stay (RFC 5321 4.5.3.1.10, RFC 9422 4.2, #61, #199, N15)", async () => {
  const seen: string[][] = [];
  const many = Array.from({ length: 500 }, (_, i) => `b${i}@mx.test`);
  const asked = (names: string[], reply: string): string =>
    names.map((name) => `C: RCPT TO:<${name}>\n`).join("") + `S: ${reply}\n`.repeat(names.length);
  await dialogue(
    recording(seen, { limits: { recipients: 500 } }),
    GREETED + ehlo({ recipients: 500 }) + MAIL + asked(many, ACCEPTED) +
      asked(["x@mx.test", "y@mx.test"], "452 4.5.3 Too many recipients") +
      DATA + "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
  assertEquals(seen, [many]);
});

Deno.test("only the recipients that were accepted get the message (RFC 5321 3.3)", async () => {
  const seen: string[][] = [];
  const onRcptTo: ServerOptions["onRcptTo"] = (session) => {
    session.accept = session.address.startsWith("good") &&
      session.mailFrom.address === "a@client.test";
  };
  await dialogue(
    recording(seen, { onRcptTo }),
    HELO + MAIL + exchanges([
      ["RCPT TO:<good@mx.test>", ACCEPTED],
      ["RCPT TO:<bad@mx.test>", "550 5.1.1 No such recipient here"],
      ["RCPT TO:<good2@mx.test>", ACCEPTED],
    ]) + DATA + "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
  assertEquals(seen, [["good@mx.test", "good2@mx.test"]]);
});

Deno.test("DATA without recipients is 503, with none but refused ones 554 (RFC 5321 3.3, #17, #96, S22)", async () => {
  await dialogue(
    { onRcptTo: (session) => void (session.accept = false) },
    HELO + exchanges([
      ["DATA", "503 5.5.1 Send MAIL first"],
    ]) + MAIL + exchanges([
      ["DATA", "503 5.5.1 Send RCPT first"],
      ["RCPT TO:<b@mx.test>", "550 5.1.1 No such recipient here"],
      ["DATA", "554 5.5.1 No valid recipients"],
      ["RSET", "250 2.0.0 OK"],
    ]) + MAIL + exchanges([["DATA", "503 5.5.1 Send RCPT first"]]) + QUIT,
  );
});
