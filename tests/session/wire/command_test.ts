import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  formatCommand,
  parseCommand,
  parseMailArguments,
  parseRcptArguments,
} from "../../../session/wire/command.ts";
import { LineDecoder } from "../../../session/wire/line_decoder.ts";
import { everySplit, octets, Random, text, utf8 } from "../../helpers/split.ts";

const VERBS = ["HELO", "EHLO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT"]
  .concat(["VRFY", "EXPN", "HELP", "AUTH", "TURN", "ETRN", "STARTTLS", "XCLIENT", "XFOO", "GET"]);

for (const verb of VERBS) {
  Deno.test(`parseCommand() reads ${verb} in any case (RFC 5321 2.4, #7)`, () => {
    const mixed = verb[0] + verb.slice(1).toLowerCase();
    for (const written of [verb, verb.toLowerCase(), mixed]) {
      assertEquals(parseCommand(octets(written)).verb, verb);
      const command = parseCommand(octets(`${written} x Y`));
      assertEquals([command.verb, text(command.args)], [verb, "x Y"]);
      assert(!command.hasControl && !command.hasEightBit);
    }
  });
}

const LINES: readonly [line: string, verb: string, args: string, flags: string][] = [
  ["", "", "", ""],
  [" ", "", "", ""],
  [" NOOP", "", "NOOP", ""],
  ["\tNOOP", "", "\tNOOP", "control"],
  ["NOOP\t", "", "\t", "control"],
  ["NOOP\0", "", "\0", "control"],
  ["NOOP a\0b", "NOOP", "a\0b", "control"],
  ["NOOP a\rb", "NOOP", "a\rb", "control"],
  ["NOOP a\r", "NOOP", "a\r", "control"],
  ["NOOP \x1b[2J", "NOOP", "\x1b[2J", "control"],
  ["NOOP \x7f", "NOOP", "\x7f", "control"],
  ["NOOP  x", "NOOP", "x", ""],
  ["NOOP ", "NOOP", "", ""],
  ["NOOP x  ", "NOOP", "x", ""],
  ["NOOP \xff", "NOOP", "\xff", "8-bit"],
  ["MA\xc4\xb1L FROM:<>", "", "\xc4\xb1L FROM:<>", "8-bit"],
  ["MAIL\xc2\xa0FROM:<>", "", "\xc2\xa0FROM:<>", "8-bit"],
  ["\xcd\xc1\xc9\xcc", "", "\xcd\xc1\xc9\xcc", "8-bit"],
  ["MAIL\xff", "", "\xff", "8-bit"],
  ["MAIL:FROM", "", ":FROM", ""],
  ["MAI-", "MAI-", "", ""],
  ["M4IL", "M4IL", "", ""],
  ["Host: x", "", ": x", ""],
  ["GET / HTTP/1.1", "GET", "/ HTTP/1.1", ""],
  ["1234", "", "1234", ""],
  ["X".repeat(32), "X".repeat(32), "", ""],
  ["X".repeat(33), "", "", ""],
  ["MAIl2", "MAIL2", "", ""],
  ["MAI2 x", "MAI2", "x", ""],
  ["__proto__", "", "__proto__", ""],
];

for (const [line, verb, args, flags] of LINES) {
  const name = JSON.stringify(line);
  Deno.test(`parseCommand() reads ${name} (A7, S07, S08, S09, #39, #46)`, () => {
    const command = parseCommand(octets(line));
    assertEquals(command.verb, verb);
    assertEquals(text(command.args), args);
    const found = `${command.hasControl ? "control" : ""}${command.hasEightBit ? "8-bit" : ""}`;
    assertEquals(found, flags);
  });
}

Deno.test("parseCommand() never takes another word for a verb of four letters", () => {
  const random = new Random();
  const known = new Set(VERBS);
  for (let round = 0; round < 20_000; round++) {
    const word = random.text("ADEHILMNOPQRSTUVXYadehilmnopqrstuvxy@`[{\xc1\xe1", 4);
    const { verb } = parseCommand(octets(word));
    const letters = [...word].every((letter) => /[A-Za-z]/.test(letter));
    assertEquals(verb, letters ? word.toUpperCase() : "", `${random.seed}, ${word}`);
    if (known.has(verb)) assertEquals(verb, word.toUpperCase());
  }
});

Deno.test("parseCommand() reads verbs alike at every split of the stream (S88, P12)", () => {
  const input = octets("eHlO a\r\nmail FROM:<a@b>\r\nXFOO\r\n\r\nSTARTTLS\r\n");
  const verbs = everySplit(input, (chunks) => {
    const decoder = new LineDecoder(512);
    const found: string[] = [];
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let line = decoder.next(); line !== null; line = decoder.next()) {
        if (line.kind === "line") found.push(parseCommand(line.bytes).verb);
      }
    }
    return found;
  });
  assertEquals(verbs, ["EHLO", "MAIL", "XFOO", "", "STARTTLS"]);
});

function mail(args: string, strict = false): unknown[] {
  const { address, params } = parseMailArguments(utf8(args), { strict });
  return [address === null ? "" : address.text, ...params];
}

function rcpt(args: string, strict = false): unknown[] {
  const { address, params } = parseRcptArguments(utf8(args), { strict });
  return [address.text, ...params];
}

const MAIL_ARGUMENTS: readonly [args: string, found: unknown[]][] = [
  ["FROM:<>", [""]],
  ["from:<a@b>", ["a@b"]],
  ["FrOm:<a@b>", ["a@b"]],
  ["FROM: <a@b>", ["a@b"]],
  ["FROM:<a@[192.0.2.1]>", ["a@[192.0.2.1]"]],
  ["FROM:<@x,@y:a@b>", ["a@b"]],
  ["FROM:<a+b-c_d@e>", ["a+b-c_d@e"]],
  ["FROM:<a@b> SIZE=100", ["a@b", ["SIZE", "100"]]],
  ["FROM:<a@b> size=100 Body=8BITMIME SMTPUTF8", [
    "a@b",
    ["SIZE", "100"],
    ["BODY", "8BITMIME"],
    ["SMTPUTF8", true],
  ]],
  ["FROM:<a@b> AUTH=<>", ["a@b", ["AUTH", "<>"]]],
  ["FROM:<a@b> SIZE=1  ", ["a@b", ["SIZE", "1"]]],
  ["FROM:<a@b> ", ["a@b"]],
  ["FROM:<é@b> SMTPUTF8", ["é@b", ["SMTPUTF8", true]]],
  ['FROM:<"a> SIZE=1"@b> SIZE=2', ['"a> SIZE=1"@b', ["SIZE", "2"]]],
];

for (const [args, found] of MAIL_ARGUMENTS) {
  Deno.test(`parseMailArguments() reads ${args} (RFC 5321 4.1.1.2, #47, #48, S12, S16, S87, A8)`, () => {
    assertEquals(mail(args), found);
  });
}

const MAIL_REFUSED: readonly string[] = [
  "",
  "FROM",
  "FROM:",
  "FROM: ",
  "FROM:a@b",
  "FROM :<>",
  " FROM:<>",
  "FROM:  <a@b>",
  "FROM:\t<a@b>",
  "FROM <a@b>",
  "FRO\u212a:<a@b>",
  "TO:<a@b>",
  "FROM:<a@b>SIZE=1",
  "FROM:<a@b>\tSIZE=1",
  "FROM:<a@b>  SIZE=1",
  "FROM:<a@b> SIZE=1  BODY=7BIT",
  "FROM:<a@b> SIZE=1\tBODY=7BIT",
  "FROM:<a@b> SIZE=",
  "FROM:<a@b> SIZE = 1",
  "FROM:<a@b> SIZE= 1",
  "FROM:<a@b> SIZE=1 SIZE=2",
  "FROM:<a@b> SIZE=1 size=1",
  "FROM:<a@b> =1",
  "FROM:<a@b> -A=1",
  "FROM:<a@b> A_B=1",
  "FROM:<a@b> SIZE=1=2",
  "FROM:<a@b> RET=FULL RET=HDRS",
  "FROM:<a@b> X=\0",
  "FROM:<a@b> X=\x7f",
  "FROM:<a@b> X=\u200b",
  "FROM:<a@b> #$%",
  "FROM:<postmaster>",
  "FROM:<a@b> <c@d>",
  "FROM:<a@b>>",
];

for (const args of MAIL_REFUSED) {
  Deno.test(`parseMailArguments() refuses ${JSON.stringify(args)} (S13, S14, S56, A8, #47, #55, #110)`, () => {
    assertThrows(() => parseMailArguments(utf8(args)), SyntaxError);
  });
}

Deno.test("parseMailArguments() takes no space behind FROM: when strict (RFC 5321 3.3, #47)", () => {
  assertEquals(mail("FROM:<a@b>", true), ["a@b"]);
  assertThrows(() => mail("FROM: <a@b>", true), SyntaxError);
  assertThrows(() => rcpt("TO: <a@b>", true), SyntaxError);
});

Deno.test("parseMailArguments() refuses a parameter value that is not UTF-8 (A7)", () => {
  assertThrows(() => parseMailArguments(octets("FROM:<a@b> X=\xc0\xae")), SyntaxError);
});

Deno.test("parseRcptArguments() reads recipients (RFC 5321 4.1.1.3, #50, #51, S19)", () => {
  assertEquals(rcpt("TO:<a@b>"), ["a@b"]);
  assertEquals(rcpt("to: <a@b>"), ["a@b"]);
  assertEquals(rcpt("TO:<postMASTER>"), ["postMASTER"]);
  assertEquals(rcpt("TO:<@a,@b:u@d> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;u@d"), [
    "u@d",
    ["NOTIFY", "SUCCESS,FAILURE"],
    ["ORCPT", "rfc822;u@d"],
  ]);
});

for (const args of ["", "TO:", "TO:<>", "FROM:<a@b>", "TO:a@b", "TO:  <a@b>", "TO:<a@b> X="]) {
  Deno.test(`parseRcptArguments() refuses ${JSON.stringify(args)} (#49, S56)`, () => {
    assertThrows(() => rcpt(args), SyntaxError);
  });
}

Deno.test("formatCommand() joins its parts with one space, and ends the line", () => {
  assertEquals(text(formatCommand(["EHLO", "c.example"])), "EHLO c.example\r\n");
  assertEquals(text(formatCommand(["MAIL", "FROM:<a@b>", "SIZE=1"])), "MAIL FROM:<a@b> SIZE=1\r\n");
  assertEquals(formatCommand(["MAIL", "FROM:<é@b>"]), utf8("MAIL FROM:<é@b>\r\n"));
});

Deno.test("formatCommand() leaves empty parts out: no space at the end (C19)", () => {
  assertEquals(text(formatCommand(["AUTH", "PLAIN", ""])), "AUTH PLAIN\r\n");
  assertEquals(text(formatCommand([""])), "\r\n");
});

const INJECTIONS: readonly string[] = ["\r\nRCPT TO:<x>", "\n", "\r", "\0", "a\x01b", "\t", "\x1b"]
  .concat(["\x7f", "\ud800", "a\udc00", "\udc00\ud800", "\x1f"]);

for (const injection of INJECTIONS) {
  Deno.test(`formatCommand() refuses ${JSON.stringify(injection)} (P16, Z7, C02, C03)`, () => {
    for (const parts of [[injection], ["EHLO", injection], ["EHLO", `a${injection}b`, "c"]]) {
      const error = assertThrows(() => formatCommand(parts), TypeError);
      assert(!error.message.includes("RCPT"), "the part may be a secret");
    }
  });
}

for (const harmless of ["\u560d\u560a", "\u010d\u010a", "\u2028", "%0d%0a", "=?utf-8?B?DQo=?="]) {
  Deno.test(`formatCommand() writes one line for ${JSON.stringify(harmless)} (2.8, Z7)`, () => {
    const line = text(formatCommand(["NOOP", harmless]));
    assertEquals(line.indexOf("\r"), line.length - 2);
    assertEquals(line.indexOf("\n"), line.length - 1);
  });
}

Deno.test("formatCommand() refuses what is no string: it could read otherwise the second time (2.8)", () => {
  const part = { toString: () => "x" } as unknown as string;
  assertThrows(() => formatCommand(["NOOP", part]), TypeError);
});

Deno.test("parseCommand() reads what formatCommand() writes (round trip)", () => {
  const random = new Random();
  for (let round = 0; round < 1000; round++) {
    const verb = random.pick(VERBS);
    const args = random.text(["a", "<", ">", "=", " ", "é", "\u{1f4e7}"], random.below(12)).trim();
    const line = formatCommand([verb, args]);
    const command = parseCommand(line.subarray(0, -2));
    assertEquals([command.verb, command.args], [verb, utf8(args)], `seed ${random.seed}, ${round}`);
  }
});
