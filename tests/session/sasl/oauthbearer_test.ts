import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { encodeBase64 } from "../../../session/wire/base64.ts";
import { OAUTHBEARER } from "../../../session/sasl/oauthbearer.ts";
import type { LoginAnswer, SaslCredentials } from "../../../session/sasl/mod.ts";
import { ADA, converse, type Desk, makeDesk, text, utf8 } from "./exchange.ts";

const TOKEN = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

const USER: SaslCredentials = {
  ...ADA,
  username: "user@example.com",
  token: TOKEN,
  host: "server.example.com",
  port: 587,
};

/** A desk whose handler knows the token, and answers another with this. */
function desk(otherwise: LoginAnswer["authenticated"] = false): Desk {
  return makeDesk(({ token }) => ({
    authenticated: token === TOKEN ? true : otherwise,
    secret: null,
  }));
}

/** What the server answers to a whole message, `^A` for its separator. */
async function answer(message: string, at: Desk = desk()): Promise<string> {
  const step = await OAUTHBEARER.server(at.context).next(utf8(message.replaceAll("^A", "\x01")));
  return step.kind === "challenge" ? `challenge ${text(step.bytes)}` : step.kind;
}

const ERROR = 'challenge {"status":"invalid_token"}';

Deno.test("OAUTHBEARER: the client says the message of the example (RFC 7628 4.4)", async () => {
  const message = await OAUTHBEARER.client(USER).initial();
  assertEquals(
    encodeBase64(message ?? utf8("")),
    "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9NTg3AWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB",
  );
});

Deno.test("OAUTHBEARER: both halves agree, with and without an initial response (RFC 4954 4)", async () => {
  for (const initial of [true, false]) {
    const { context, asked } = desk();
    const client = OAUTHBEARER.client(USER);
    const step = await converse(client, OAUTHBEARER.server(context), { initial });
    assertEquals(step, { kind: "accepted", username: "user@example.com" });
    assertEquals(asked, [{
      username: "user@example.com",
      password: null,
      token: TOKEN,
      authzid: "user@example.com",
    }]);
    assert(client.complete);
  }
});

Deno.test("OAUTHBEARER: a name with a comma and an equals sign arrives as it is (RFC 5801 4)", async () => {
  const { context, asked } = desk();
  await converse(
    OAUTHBEARER.client({ ...USER, authzid: "a,b=c@\u00e4.example" }),
    OAUTHBEARER.server(context),
  );
  assertEquals(asked[0].username, "a,b=c@\u00e4.example");
});

Deno.test("OAUTHBEARER: a token that does not hold is told in JSON, then refused (RFC 7628 3.2.2, 3.2.3, C21)", async () => {
  const client = OAUTHBEARER.client({ ...USER, token: "expired" });
  const server = OAUTHBEARER.server(desk().context);
  const step = await server.next(await client.initial());
  assertEquals(step, {
    kind: "challenge",
    bytes: utf8('{"status":"invalid_token"}'),
    refused: true,
  });
  assertEquals(await client.respond(utf8('{"status":"invalid_token"}')), Uint8Array.of(1));
  // Whatever the server says now, it is not believed.
  assertFalse(client.complete);
  assertThrows(() => client.respond(utf8("")), Error, "a challenge after its error");
});

Deno.test("OAUTHBEARER: whether a token holds may not be known (#138)", async () => {
  const step = await OAUTHBEARER.server(desk(null).context).next(
    utf8("n,,\x01auth=Bearer later\x01\x01"),
  );
  assertEquals(step.kind, "unavailable");
});

Deno.test("OAUTHBEARER: the server takes what the grammar allows (RFC 7628 3.1, RFC 6750 2.1)", async () => {
  const messages = [
    `n,,^Aauth=Bearer ${TOKEN}^A^A`,
    `y,,^Aauth=bearer   ${TOKEN}^A^A`,
    `n,a=ada,^Aauth=BEARER ${TOKEN}^Ahost=mail.test^A^A`,
    `n,a=ada,^Aport=^Ahost=mail.test^Aauth=Bearer ${TOKEN}^Apost=a b\t\r\n~^A^A`,
  ];
  for (const message of messages) assertEquals(await answer(message), "accepted", message);
  const { asked, context } = desk();
  await answer(`n,,^Aauth=Bearer ${TOKEN}^A^A`, { asked, context });
  assertEquals([asked[0].username, asked[0].authzid], ["", null]);
  for (const token of ["a", "A-z0.9_~+/", "a=", "a==="]) {
    assertEquals(await answer(`n,,^Aauth=Bearer ${token}^A^A`), ERROR, token);
  }
});

Deno.test("OAUTHBEARER: what the grammar does not allow is malformed, and asks nobody (RFC 7628 3.1, A5)", async () => {
  const good = `auth=Bearer ${TOKEN}`;
  const messages = [
    ...["", "^A", "^A^A", "n,,", `n,,^A${good}`, `n,,^A${good}^A`, `n,,${good}^A^A`, `n,,^A^A^A`],
    ...[
      "n",
      "n,",
      ",,",
      "N,,",
      "p=tls-unique,,",
      "n,b=x,",
      "n,a=,",
      "n,a=a,b,",
      "n,a=a=2c,",
      "n,a=a",
    ]
      .map((header) => `${header}^A${good}^A^A`),
    ...["auth", "=x", "a1=x", "a =x", "host=\x02", "host=\u00e4", "host=\x7f"].map((field) =>
      `n,,^A${field}^A${good}^A^A`
    ),
    ...["", "Basic YQ==", "Bearer", "Bearer ", "Bearer =", "Bearer a=b", "Bearer a b", "Bearer a,b"]
      .map((value) => `n,,^Aauth=${value}^A^A`),
    `n,,^A${good}^A${good}^A^A`,
    `n,,^A${good}^A^A^A`,
    `n,,^AAUTH=Bearer ${TOKEN}^A^A`,
  ];
  const { asked, context } = desk();
  for (const message of messages) {
    assertEquals(await answer(message, { asked, context }), "malformed", JSON.stringify(message));
  }
  const step = await OAUTHBEARER.server(context).next(
    Uint8Array.of(0x6e, 0x2c, 0x2c, 1, 0xff, 1, 1),
  );
  assertEquals([step.kind, asked.length], ["malformed", 0]);
});

Deno.test("OAUTHBEARER: control and invisible characters in a name are refused, and ask nobody (A5, S81)", async () => {
  const { asked, context } = desk();
  for (const name of ["a\0da", "a\x02da", "a\u200bda", "a\u202eda"]) {
    const message = `n,a=${name},^Aauth=Bearer ${TOKEN}^A^A`;
    assertEquals(await answer(message, { asked, context }), ERROR, JSON.stringify(name));
  }
  assertEquals(asked, []);
});

Deno.test("OAUTHBEARER: the client refuses credentials that it cannot say, and tells none (P16)", () => {
  for (const token of ["", "two words", "a=b", "t\u00f6ken", "a\r\nb", "a\x01b"]) {
    const error = assertThrows(() => OAUTHBEARER.client({ ...USER, token }), TypeError, '"token"');
    assertFalse(token !== "" && error.message.includes(token));
  }
  assertThrows(() => OAUTHBEARER.client({ ...USER, token: null }), TypeError, 'set "token"');
  for (const authzid of ["a\0", "a\x01b", "\ud800"]) {
    assertThrows(() => OAUTHBEARER.client({ ...USER, authzid }), TypeError, '"authzid"');
  }
});

Deno.test("OAUTHBEARER: an exchange that is printed shows no token (A5)", () => {
  const shown = Deno.inspect([OAUTHBEARER.client(USER), OAUTHBEARER.server(desk().context)]);
  assertFalse(shown.includes(TOKEN.slice(0, 8)), shown);
});
