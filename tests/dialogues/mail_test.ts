import { assert, assertEquals } from "@std/assert";
import { dialogue } from "../helpers/dialogue.ts";
import {
  DATA,
  EHLO,
  ehlo,
  exchanges,
  GREETED,
  HELO,
  MAIL,
  QUIT,
  RCPT,
} from "../helpers/transcripts.ts";
import type { ServerOptions } from "../../server/options.ts";

const PATIENT = { limits: { badCommands: 1000 } };
const ACCEPTED = "250 2.1.0 Sender accepted";

/** Each command in a transaction of its own. */
function each(commands: readonly string[], reply: string): string {
  return commands.map((command) => exchanges([[command, reply], ["RSET", "250 2.0.0 OK"]])).join(
    "",
  );
}

Deno.test("MAIL takes every sender that RFC 5321 has (4.1.1.2, 4.1.2, 4.1.3, #48, #53, #54, S12, S21, S56)", async () => {
  await dialogue(
    PATIENT,
    EHLO + each([
      "MAIL FROM:<>",
      "MAIL FROM: <a@client.test>",
      "MAIL FROM:<a+b-c_d=e@client.test>",
      "MAIL FROM:<a.b@client.test>",
      'MAIL FROM:<"a b"@client.test>',
      'MAIL FROM:<"a@b"@client.test>',
      'MAIL FROM:<""@client.test>',
      "MAIL FROM:<a@[192.0.2.1]>",
      "MAIL FROM:<a@[IPv6:2001:db8::1]>",
      "MAIL FROM:<@relay.test,@other.test:a@client.test>",
      `MAIL FROM:<${"a".repeat(64)}@client.test>`,
      "MAIL FROM:<a@client.test> ",
    ], ACCEPTED) + QUIT,
  );
});

Deno.test("MAIL with a malformed path is 501 (RFC 5321 4.1.2, #18, #55, S13, S20, S56, A9)", async () => {
  await dialogue(
    PATIENT,
    EHLO + exchanges([
      "MAIL",
      "MAIL FROM",
      "MAIL FROM:",
      "MAIL FROM :<a@client.test>",
      "MAIL FROM:  <a@client.test>",
      "MAIL TO:<a@client.test>",
      "MAIL FROM:a@client.test",
      "MAIL FROM:<",
      "MAIL FROM:<a@client.test",
      "MAIL FROM:<<a@client.test>>",
      "MAIL FROM:<a@client.test>>",
      "MAIL FROM:<a>",
      "MAIL FROM:<Postmaster>",
      "MAIL FROM:<@client.test>",
      "MAIL FROM:<a@>",
      "MAIL FROM:<a@b@c>",
      "MAIL FROM:<.a@client.test>",
      "MAIL FROM:<a..b@client.test>",
      "MAIL FROM:<a(c)@client.test>",
      "MAIL FROM:<@relay.test:>",
      "MAIL FROM:<a@[300.1.1.1]>",
      "MAIL FROM:<a@[IPv6:1::2::3]>",
      "MAIL FROM:<a@[IPv6:fe80::1%eth0]>",
      "MAIL FROM:<a@-client.test>",
      `MAIL FROM:<a@${"b.".repeat(130)}test>`,
    ].map((command) => [command, "501 5.5.4 {any}; syntax: MAIL FROM:<address> [parameters]"])) +
      "C: RCPT TO:<b@mx.test>\nS: 503 5.5.1 Send MAIL first\n" + MAIL + QUIT,
  );
});

Deno.test("hidden characters in an address are refused (S80, A9)", async () => {
  await dialogue(
    PATIENT,
    EHLO + each([
      "MAIL FROM:<a\\xe2\\x80\\x8bb@client.test>",
      "MAIL FROM:<a\\xef\\xbb\\xbfb@client.test>",
      "MAIL FROM:<a\\xe2\\x80\\xaeb@client.test>",
      "MAIL FROM:<a\\xc2\\x85b@client.test>",
      "MAIL FROM:<a@b\\xef\\xbc\\x8etest>",
      "MAIL FROM:<a\\xc0\\xaeb@client.test>",
      "MAIL FROM:<a\\xed\\xa0\\x80b@client.test>",
    ], "501 5.5.4 {any}") + QUIT,
  );
});

Deno.test("a strict server takes no space behind FROM: (RFC 5321 3.3, #47, S87)", async () => {
  await dialogue(
    { strict: true },
    EHLO + each([
      "MAIL FROM: <a@client.test>",
      `MAIL FROM:<${"a".repeat(65)}@client.test>`,
    ], "501 5.5.4 {any}") + MAIL + "C: RCPT TO: <b@mx.test>\nS: 501 5.5.4 {any}\n" + RCPT + QUIT,
  );
});

Deno.test("a second MAIL is 503, and the first stays (RFC 5321 4.1.4, #15, S17)", async () => {
  const senders: string[] = [];
  await dialogue(
    {
      onReceive: (session) => {
        senders.push(session.mailFrom.address);
        session.received = true;
      },
    },
    HELO + MAIL +
      exchanges([["MAIL FROM:<x@client.test>", "503 5.5.1 A mail transaction is open already"]]) +
      RCPT +
      exchanges([["MAIL FROM:<x@client.test>", "503 5.5.1 A mail transaction is open already"]]) +
      DATA + "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
  assertEquals(senders, ["a@client.test"]);
});

Deno.test("SIZE is one to twenty digits (RFC 1870 3, #107, #108, #110, S14, S33, A8)", async () => {
  const syntax = "501 5.5.4 Bad parameter SIZE: it takes 1 to 20 digits";
  const large = "552 5.3.4 Message exceeds the maximum size";
  const values: [string, string][] = [
    ["1000", ACCEPTED],
    ["0", ACCEPTED],
    ["00000000000000000001", ACCEPTED],
    ["1001", large],
    ["99999999999999999999", large],
    ["-1", syntax],
    ["+1", syntax],
    ["0x10", syntax],
    ["1e3", syntax],
    ["000000000000000000001", syntax],
    ["\\xc3\\xa9", syntax],
    ["\\xd9\\xa1", syntax],
  ];
  const bad = "501 5.5.4 {any}";
  await dialogue(
    { limits: { messageSize: 1000, badCommands: 1000 } },
    GREETED + ehlo({ size: 1000 }) +
      values.map(([value, reply]) => each([`MAIL FROM:<> SIZE=${value}`], reply)).join("") +
      each(["MAIL FROM:<> SIZE"], syntax) +
      each([
        "MAIL FROM:<> SIZE=",
        "MAIL FROM:<> SIZE=1 SIZE=2",
        "MAIL FROM:<> SIZE=1 size=1",
        "MAIL FROM:<> SIZE = 1",
      ], bad) +
      each(["MAIL FROM:<> SIZE 1"], "555 5.5.4 Unknown parameter 1") + QUIT,
  );
});

Deno.test("BODY is 7BIT, 8BITMIME or BINARYMIME (RFC 6152 2, RFC 3030 3, #166, #161, S83, A8)", async () => {
  const syntax = "501 5.5.4 Bad parameter BODY: it takes 7BIT or 8BITMIME";
  const wrong = ["MAIL FROM:<> BODY=9BIT", "MAIL FROM:<> BODY", "MAIL FROM:<> BODY=\\xc3\\xa9"];
  const text = ["MAIL FROM:<> BODY=7BIT", "MAIL FROM:<> body=8bitmime"];
  await dialogue(
    PATIENT,
    EHLO + each([...text, "MAIL FROM:<> BODY=binaryMIME"], ACCEPTED) +
      each(wrong, `${syntax} or BINARYMIME`) + QUIT,
  );
  await dialogue(
    { ...PATIENT, extensions: { chunking: false } },
    GREETED + "C: EHLO client.test\n" + [
      "250-mx.test",
      "250-PIPELINING",
      "250-SIZE 26214400",
      "250-8BITMIME",
      "250-ENHANCEDSTATUSCODES",
      "250-SMTPUTF8",
      "250-DSN",
      "250-LIMITS RCPTMAX=1000",
      "250 HELP",
    ].map((line) => `S: ${line}\n`).join("") + each(text, ACCEPTED) +
      each([...wrong, "MAIL FROM:<> BODY=BINARYMIME"], syntax) + QUIT,
  );
});

Deno.test("AUTH= is <> or a mailbox in xtext, and not believed (RFC 4954 5, #144, #145, A8)", async () => {
  const seen: unknown[] = [];
  const syntax = "501 5.5.4 Bad parameter AUTH: it takes <> or a mailbox in xtext";
  await dialogue(
    {
      ...PATIENT,
      onMailFrom: (session) => {
        seen.push(session.params.AUTH);
        session.accept = true;
      },
    },
    EHLO + each(["MAIL FROM:<> AUTH=<>", "MAIL FROM:<> AUTH=e+3Dmc2@example.com"], ACCEPTED) +
      each(
        [
          "AUTH",
          "AUTH=e+3dmc2@example.com",
          "AUTH=nobody",
          "AUTH=a+0D+0Ab@c.test",
          "AUTH=+",
          "AUTH=\\xc3\\xa9@c.test",
        ]
          .map((param) => `MAIL FROM:<> ${param}`),
        syntax,
      ) + QUIT,
  );
  assertEquals(seen, ["<>", "<>"]);
});

Deno.test("a parameter of no extension is 555, whatever its name (RFC 5321 4.1.1.11, #29, S15, A8)", async () => {
  await dialogue(
    PATIENT,
    EHLO +
      each(["MAIL FROM:<> FOO=BAR", "MAIL FROM:<> foo"], "555 5.5.4 Unknown parameter FOO") +
      each(
        ["NOTIFY=NEVER", "BY=9;R", "REQUIRETLS", "CONSTRUCTOR=1", "TOSTRING"].map((one) =>
          `MAIL FROM:<> ${one}`
        ),
        "555 5.5.4 {any}",
      ) +
      each(
        ["MAIL FROM:<> __proto__=1", "MAIL FROM:<> =x", "MAIL FROM:<>  FOO", "MAIL FROM:<>FOO"],
        "501 5.5.4 {any}",
      ) +
      MAIL + exchanges([["RCPT TO:<b@mx.test> SIZE=1", "555 5.5.4 Unknown parameter SIZE"]]) + QUIT,
  );
});

Deno.test("parameters need EHLO (RFC 5321 4.1.1.11, S13)", async () => {
  const refused = "501 5.5.4 Parameters need EHLO, got HELO";
  await dialogue(
    {},
    HELO + exchanges([["MAIL FROM:<> SIZE=1", refused]]) + MAIL +
      exchanges([["RCPT TO:<b@mx.test> FOO", refused]]) + QUIT,
  );
});

Deno.test("MAIL with all its parameters may be longer than 512 octets (RFC 1870 3, #112, #161, #167, A7)", async () => {
  const auth = `AUTH=${"x".repeat(200)}@client.test`;
  const holding: ServerOptions = {
    extensions: { deliverBy: true, mtPriority: true, futureRelease: { maxInterval: 999_999_999 } },
  };
  // RFC 5321 4.5.3.1.4, RFC 3461 5.4, RFC 4954 5, RFC 2852 2, RFC 6710 3, RFC 4865 3.
  const longest = [
    `MAIL FROM:<${"a".repeat(64)}@${"b.".repeat(91)}test>`,
    "SIZE=00000000000000000001 BODY=BINARYMIME SMTPUTF8",
    `RET=FULL ENVID=${"x".repeat(100)} AUTH=${"+61".repeat(160)}+40${"c".repeat(12)}`,
    "BY=-999999999;NT MT-PRIORITY=-9 HOLDUNTIL=2026-01-31T23:59:59+00:00",
  ].join(" ");
  assert(longest.length > 512 + 400, `${longest.length}`);
  for (const commandLine of [2048, 512]) {
    await dialogue(
      { ...holding, limits: { commandLine } },
      GREETED + "C: EHLO client.test\n" + "S: 250-{any}\n".repeat(13) + "S: 250 HELP\n" +
        exchanges([[longest, ACCEPTED], [
          `${longest}${"x".repeat(2000)}`,
          "500 5.5.2 Line too long",
        ]]) +
        QUIT,
    );
  }
  await dialogue(
    {},
    EHLO + exchanges([
      [
        `MAIL FROM:<${"a".repeat(64)}@${
          "b".repeat(60)
        }.test> SIZE=00000000000000000001 BODY=8BITMIME ${auth}`,
        ACCEPTED,
      ],
    ]) + QUIT,
  );
});

Deno.test("handlers see the parameters, checked (RFC 5321 2.2, #45)", async () => {
  const seen: unknown[] = [];
  await dialogue(
    {
      onMailFrom: (session) => {
        seen.push({ address: session.address, params: { ...session.params } });
        session.accept = true;
      },
    },
    EHLO +
      each(
        ["MAIL FROM:<Smith@Client.test> SIZE=20 BODY=8bitmime", 'MAIL FROM:<"Smith"@c.test>'],
        ACCEPTED,
      ) + QUIT,
  );
  assertEquals(seen, [
    { address: "Smith@Client.test", params: { SIZE: "20", BODY: "8BITMIME" } },
    { address: "Smith@c.test", params: {} },
  ]);
});
