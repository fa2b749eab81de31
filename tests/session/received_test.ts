import { assert, assertEquals, assertThrows } from "@std/assert";
import type { TlsFactsForHandlers } from "../../session/handler/facts.ts";
import { formatReceived, type ReceivedFacts } from "../../session/received.ts";

const DATE = new Date(Date.UTC(2026, 10, 2, 3, 4, 5));
const STAMP = "Mon, 02 Nov 2026 03:04:05 +0000";
const OPTIONS = { by: "mx.example.org", id: "4ABC", date: DATE };
const TLS = {
  protocol: "TLSv1.3",
  cipher: "TLS_AES_256_GCM_SHA384",
} as TlsFactsForHandlers;
const FACTS: ReceivedFacts = {
  id: 7,
  ip: "192.0.2.7",
  hello: "client.example",
  protocol: "ESMTP",
  tls: null,
  via: null,
};
const BOB = { address: "bob@example.org", params: {} };

/** The field on one line. */
function unfolded(facts: Partial<ReceivedFacts>, options = {}): string {
  const field = formatReceived({ ...FACTS, ...facts }, { ...OPTIONS, ...options });
  assert(field.startsWith("Received: ") && field.endsWith("\r\n"));
  for (const line of field.slice(0, -2).split("\r\n ")) {
    assert(!line.includes("\r") && !line.includes("\n"), JSON.stringify(field));
  }
  return field.slice("Received: ".length, -2).replaceAll("\r\n ", " ");
}

Deno.test("formatReceived() names the client, its address and the server (RFC 5321 4.4, #68)", () => {
  assertEquals(
    unfolded({}),
    `from client.example ([192.0.2.7]) by mx.example.org with ESMTP id 4ABC; ${STAMP}`,
  );
  assertEquals(
    unfolded({ ip: "2001:db8::7", hello: "[IPv6:2001:db8::7]" }),
    `from [IPv6:2001:db8::7] ([IPv6:2001:db8::7]) by mx.example.org with ESMTP id 4ABC; ${STAMP}`,
  );
  assertEquals(
    unfolded({ ip: "::ffff:192.0.2.7" }, { name: "rdns.client.example" }),
    `from client.example (rdns.client.example [192.0.2.7]) by mx.example.org with ESMTP id 4ABC; ${STAMP}`,
  );
});

Deno.test("formatReceived() folds at 78 characters, at clauses (RFC 5322 2.1.1)", () => {
  const field = formatReceived({
    ...FACTS,
    tls: TLS,
    protocol: "ESMTPSA",
    rcptTo: [BOB],
    via: { proxy: null, xclient: { NAME: "mail.client.example" }, xforward: null },
  }, OPTIONS);
  assertEquals(
    field,
    "Received: from client.example (mail.client.example [192.0.2.7])\r\n" +
      " by mx.example.org with ESMTPSA (TLSv1.3 TLS_AES_256_GCM_SHA384) id 4ABC\r\n" +
      ` for <bob@example.org>; ${STAMP}\r\n`,
  );
  const long = `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.example`;
  const lines = formatReceived({ ...FACTS, hello: long }, { ...OPTIONS, name: long }).split("\r\n");
  assert(
    lines.filter((line) => line.length > 78).every((line) => line.trim().split(" ").length === 1),
    lines.join("\n"),
  );
});

Deno.test("formatReceived() names the protocol (RFC 3848, RFC 6531 4.3, #149, #178)", () => {
  for (const protocol of ["SMTP", "ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA", "LMTPSA", "UTF8SMTPSA"]) {
    assert(unfolded({ protocol }).includes(` with ${protocol} id `));
  }
  assert(!unfolded({ protocol: "X\r\nY" }).includes("with"));
});

Deno.test("formatReceived() names the recipient where there is one alone (RFC 5321 4.4, 7.2, #70)", () => {
  assert(unfolded({ rcptTo: [BOB] }).includes(" for <bob@example.org>; "));
  assert(!unfolded({ rcptTo: [BOB, BOB] }).includes("for"));
  assert(!unfolded({ rcptTo: [] }).includes("for"));
  assert(!unfolded({}).includes("for"));
  const quoted = { address: '"b > c"@example.org', params: {} };
  assert(unfolded({ rcptTo: [quoted] }).includes(' for <"b > c"@example.org>; '));
});

Deno.test("formatReceived() names a recipient past ASCII with SMTPUTF8 alone (RFC 6531 3.7.3, #178)", () => {
  const rcptTo = [{ address: "bö@exämple.org", params: {} }];
  assert(unfolded({ rcptTo, protocol: "UTF8SMTP" }).includes(" for <bö@exämple.org>; "));
  assert(!unfolded({ rcptTo }).includes("for"));
});

Deno.test("formatReceived() writes the date with a numeric zone (RFC 5321 4.4, RFC 5322 3.3, #71)", () => {
  assert(unfolded({}).endsWith(`; ${STAMP}`));
  const now = formatReceived(FACTS, { by: "mx.example.org" });
  assert(
    /; [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000\r\n$/.test(
      now.replaceAll("\r\n ", " "),
    ),
    now,
  );
  assertThrows(() => formatReceived(FACTS, { ...OPTIONS, date: new Date(NaN) }), RangeError);
});

Deno.test("formatReceived() makes an id of the moment and the session (RFC 5321 4.4)", () => {
  const field = formatReceived(FACTS, { by: "mx.example.org", date: DATE });
  assert(field.replaceAll("\r\n ", " ").includes(` id ${DATE.getTime().toString(36)}-7; `), field);
});

Deno.test("nothing that a peer says can change what formatReceived() means (RFC 5321 4.4, #68)", () => {
  const hostile = [
    "a\r\nX: y",
    "a) by evil.example (b",
    "under_score",
    "10:20",
    "\\",
    "(((",
    "ä.example",
    "a\u2028b",
    "\0",
    "x".repeat(3000),
    "evil.example by evil.example;",
  ];
  for (const said of hostile) {
    const field = unfolded({ hello: said });
    const comment = field.slice(field.indexOf("(hello"), field.indexOf(") by mx.example.org"));
    assert(field.startsWith("from [192.0.2.7] ([192.0.2.7]) (hello "), field);
    assert(!/[^\x20-\x7e]/.test(field) && !/[()\\]/.test(comment.slice(1)), field);
    assert(field.length < 300, field);
    const via = { proxy: null, xclient: { NAME: said }, xforward: null };
    if (said !== "10:20") {
      assert(unfolded({ via }).startsWith("from client.example ([192.0.2.7]) by"));
    }
    const rcptTo = [{ address: said, params: {} }];
    assert(!unfolded({ rcptTo, protocol: "UTF8SMTP" }).includes("for"));
    assert(!unfolded({ ip: said }).includes(said));
    const tls = { ...TLS, cipher: said };
    assert(!/[^\x20-\x7e]/.test(unfolded({ tls })));
  }
  assertEquals(
    unfolded({ ip: "", hello: null }),
    `from localhost by mx.example.org with ESMTP id 4ABC; ${STAMP}`,
  );
  assertEquals(unfolded({ hello: null }).slice(0, 34), "from [192.0.2.7] ([192.0.2.7]) by ");
});

Deno.test("formatReceived() makes no line of spaces, which would look like the end of the header (RFC 5322 2.2.3)", () => {
  for (const count of [60, 77, 78, 79, 200]) {
    const address = `"${" ".repeat(count)}a"@mx.example.org`;
    const field = formatReceived({ ...FACTS, rcptTo: [{ address, params: {} }] }, OPTIONS);
    assert(field.replaceAll("\r\n", "").includes(` for <${address}>;`), field);
    for (const line of field.slice(0, -2).split("\r\n")) assert(line.trim() !== "", field);
  }
});

Deno.test("formatReceived() refuses what the server itself says wrong", () => {
  for (const by of ["", "a b", "a\r\nb", "under_score"]) {
    assertThrows(() => formatReceived(FACTS, { ...OPTIONS, by }), TypeError, '"by"');
  }
  for (const id of ["", "a b", "a;b", "a\r\nb"]) {
    assertThrows(() => formatReceived(FACTS, { ...OPTIONS, id }), TypeError, '"id"');
  }
  assertThrows(() => formatReceived(FACTS, { ...OPTIONS, name: "a) b" }), TypeError, '"name"');
});
