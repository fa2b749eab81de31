import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import {
  envelopeFromHeader,
  type EnvelopeInit,
  parseEnvelope,
} from "../../client/message/envelope.ts";
import { parseHeader } from "../../client/message/header.ts";
import { encodeUtf8 } from "../../session/wire/bytes.ts";

function read(...lines: string[]): [from: string | undefined, to: string[]] {
  const envelope = envelopeFromHeader(parseHeader(encodeUtf8(lines.join("\r\n") + "\r\n\r\n")));
  return [envelope.from?.text, envelope.to.map(({ text }) => text)];
}

Deno.test("envelopeFromHeader() takes From, and all of To, Cc and Bcc", () => {
  assertEquals(
    read(
      "From: =?utf-8?Q?Ad=C3=A1?= <ada@example.org>",
      "To: Bob <bob@example.org>,",
      ' "C, D" <c@example.org>',
      "CC: Group: d@example.org, e@example.org;",
      "bcc: f@example.org (secret)",
      "Subject: To: x@example.org",
    ),
    ["ada@example.org", ["bob", "c", "d", "e", "f"].map((name) => `${name}@example.org`)],
  );
});

Deno.test("envelopeFromHeader() prefers Sender to From", () => {
  assertEquals(read("From: a@x.test, b@x.test", "Sender: s@x.test", "To: t@x.test"), [
    "s@x.test",
    ["t@x.test"],
  ]);
});

Deno.test("envelopeFromHeader() takes the first of several authors where there is no Sender", () => {
  assertEquals(read("From: a@x.test, b@x.test", "To: t@x.test")[0], "a@x.test");
});

Deno.test("envelopeFromHeader() takes Resent- fields first (RFC 5322 3.6.6)", () => {
  assertEquals(
    read(
      "Resent-From: r@x.test",
      "Resent-To: u@x.test",
      "Resent-Bcc: v@x.test",
      "From: a@x.test",
      "To: t@x.test",
      "Bcc: w@x.test",
    ),
    ["r@x.test", ["u@x.test", "v@x.test"]],
  );
});

Deno.test("envelopeFromHeader() takes the newest resending alone", () => {
  const older = ["Resent-Cc: old@x.test", "Resent-From: o@x.test", "Resent-To: p@x.test"];
  const rest = ["From: a@x.test", "To: t@x.test"];
  const newer = ["Resent-From: r@x.test", "Resent-To: u@x.test"];
  assertEquals(read(...newer, "Received: by mx.test", ...older, ...rest), ["r@x.test", [
    "u@x.test",
  ]]);
  assertEquals(
    read("Resent-Date: 1", ...newer, "Resent-Date: 0", ...older, ...rest),
    ["r@x.test", ["u@x.test"]],
  );
});

Deno.test("envelopeFromHeader() passes over a Resent- field that names nobody", () => {
  assertEquals(read("Resent-Message-ID: <1@x.test>", "From: a@x.test", "To: t@x.test"), [
    "a@x.test",
    ["t@x.test"],
  ]);
});

Deno.test("envelopeFromHeader() names a recipient once; domains have no case, local parts do", () => {
  assertEquals(
    read("From: a@x.test", "To: t@x.test, T@x.test", "Cc: t@X.TEST, <t@x.test>")[1],
    ["t@x.test", "T@x.test"],
  );
});

Deno.test("envelopeFromHeader() refuses a header without a sender, a recipient, or with a bad address", () => {
  assertThrows(() => read("To: t@x.test"), TypeError, '"Sender" or "From"');
  assertThrows(() => read("From: a@x.test"), TypeError, "names no recipient");
  assertThrows(() => read("From: a@x.test", "To: nobody:;"), TypeError, "names no recipient");
  assertThrows(() => read("From: a@x.test", "To: t@x.test", "Cc: you"), TypeError, '"Cc"');
  const error = assertThrows(() => read("From: a@x.test", "To: \x1b[31m"), TypeError);
  assertFalse(error.message.includes("\x1b"));
});

Deno.test("envelopeFromHeader() writes domains in ASCII where the local part is (RFC 5891)", () => {
  assertEquals(read("From: a@bücher.test", "To: jörg@bücher.test, t@BÜCHER.test"), [
    "a@xn--bcher-kva.test",
    ["jörg@bücher.test", "t@xn--bcher-kva.test"],
  ]);
  assertThrows(() => read("From: a@x.test", "To: t@xn--a.ü"), TypeError, '"To"');
});

Deno.test("a local part past ASCII goes with any domain that is ASCII, address literals too (RFC 6531 3.3)", () => {
  for (const to of ["jörg@[192.0.2.1]", "jörg@[IPv6:2001:db8::1]", "jörg@xn--a.test"]) {
    assertEquals(parseEnvelope({ from: "", to }).to[0].text, to);
  }
});

Deno.test("envelopeFromHeader() names a recipient once, in whichever script the domain is", () => {
  const [, to] = read("From: a@x.test", "To: t@bücher.test", "Cc: t@xn--bcher-kva.test");
  assertEquals(to, ["t@xn--bcher-kva.test"]);
});

Deno.test("parseEnvelope() takes addresses, one or many, and the null reverse-path", () => {
  const one = parseEnvelope({ from: "", to: "b@x.test" });
  assertEquals([one.from, one.to.map(({ text }) => text)], [null, ["b@x.test"]]);
  const many = parseEnvelope({ from: "a@x.test", to: ["b@x.test", "b@x.test"] });
  assertEquals([many.from?.text, many.to.length], ["a@x.test", 2]);
});

Deno.test("parseEnvelope() refuses what is no address (A9, C03)", () => {
  const bad: unknown[] = [
    null,
    "a@x.test",
    {},
    { from: "a@x.test" },
    { from: "a@x.test", to: [] },
    { from: "a@x.test", to: "" },
    { from: null, to: "b@x.test" },
    { from: "a", to: "b@x.test" },
    { from: "<a@x.test>", to: "b@x.test" },
    { from: "A <a@x.test>", to: "b@x.test" },
    { from: "a@x.test> SIZE=1", to: "b@x.test" },
    { from: "a@x.test", to: "b@x.test,c@x.test" },
    { from: "a@x.test", to: ["b@x.test", { toString: () => "c@x.test" }] },
    { from: "a@x.test", to: "b@x.test\r\nRCPT TO:<c@x.test>" },
    { from: "a\r\n@x.test", to: "b@x.test" },
    { from: "a@x.test", to: "b@x.test\u2028" },
    { from: "a@x.test", to: "b\ud800@x.test" },
  ];
  for (const init of bad) {
    assertThrows(
      () => parseEnvelope(init as EnvelopeInit),
      TypeError,
      undefined,
      JSON.stringify(init),
    );
  }
});

Deno.test("parseEnvelope() reads each property once (A9: getters that change)", () => {
  let reads = 0;
  const init = {
    from: "a@x.test",
    get to(): string {
      return reads++ === 0 ? "b@x.test" : "b@x.test\r\nDATA";
    },
  };
  assertEquals(parseEnvelope(init).to.map(({ text }) => text), ["b@x.test"]);
});
