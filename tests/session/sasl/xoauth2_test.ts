import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { encodeBase64 } from "../../../session/wire/base64.ts";
import { XOAUTH2 } from "../../../session/sasl/xoauth2.ts";
import type { SaslCredentials } from "../../../session/sasl/mod.ts";
import { ADA, converse, type Desk, makeDesk, text, utf8 } from "./exchange.ts";

const TOKEN = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";
const USER: SaslCredentials = { ...ADA, username: "someuser@example.com", token: TOKEN };

function desk(): Desk {
  return makeDesk(({ username, token }) => ({
    authenticated: username === USER.username && token === TOKEN,
    secret: null,
  }));
}

Deno.test("XOAUTH2: the client says the message of Google's example", async () => {
  const message = await XOAUTH2.client(USER).initial();
  assertEquals(
    encodeBase64(message ?? utf8("")),
    "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==",
  );
});

Deno.test("XOAUTH2: both halves agree, with and without an initial response (RFC 4954 4)", async () => {
  for (const initial of [true, false]) {
    const { asked, context } = desk();
    const client = XOAUTH2.client(USER);
    const step = await converse(client, XOAUTH2.server(context), { initial });
    assertEquals(step, { kind: "accepted", username: "someuser@example.com" });
    const [{ username, password, token, authzid }] = asked;
    assertEquals([username, password, token, authzid], [USER.username, null, TOKEN, null]);
    assert(client.complete);
  }
});

Deno.test("XOAUTH2: an error in JSON is answered with an empty response, and the exchange has failed (C21)", async () => {
  const client = XOAUTH2.client({ ...USER, token: "expired" });
  const step = await XOAUTH2.server(desk().context).next(await client.initial());
  assert(step.kind === "challenge" && step.refused);
  assertEquals(text(step.bytes), '{"status":"401","schemes":"bearer"}');
  assertEquals(await client.respond(step.bytes), new Uint8Array());
  assertFalse(client.complete);
  assertThrows(() => client.respond(step.bytes), Error, "a challenge after its error");
});

Deno.test("XOAUTH2: what is no message of its own is malformed, and asks nobody (A5)", async () => {
  const { asked, context } = desk();
  const messages = [
    ...["", "^A^A", "user=ada", "user=ada^A^A", `auth=Bearer ${TOKEN}^A^A`],
    ...[`user=^Aauth=Bearer ${TOKEN}^A^A`, `USER=ada^Aauth=Bearer ${TOKEN}^A^A`],
    ...[
      "user=ada^Aauth=Bearer ^A^A",
      "user=ada^Aauth=Bearer a b^A^A",
      "user=ada^Aauth=Basic a^A^A",
    ],
    `user=ada^Aauth=Bearer ${TOKEN}^A`,
  ];
  for (const message of messages) {
    const step = await XOAUTH2.server(context).next(utf8(message.replaceAll("^A", "\x01")));
    assertEquals(step.kind, "malformed", message);
  }
  assertEquals(asked, []);
});

Deno.test("XOAUTH2: control and invisible characters in a name are refused, and ask nobody (A5, S81)", async () => {
  const { asked, context } = desk();
  for (const name of ["a\0da", "a\x02da", "a\u200bda"]) {
    const step = await XOAUTH2.server(context).next(
      utf8(`user=${name}\x01auth=Bearer ${TOKEN}\x01\x01`),
    );
    assertEquals([step.kind, "refused" in step], ["challenge", true]);
  }
  assertEquals(asked, []);
});

Deno.test("XOAUTH2: the client needs a name and a token that it can say (P16)", () => {
  assertThrows(() => XOAUTH2.client({ ...USER, username: "" }), TypeError, '"username"');
  assertThrows(() => XOAUTH2.client({ ...USER, username: "a\x01b" }), TypeError, '"username"');
  assertThrows(() => XOAUTH2.client({ ...USER, token: "a b" }), TypeError, '"token"');
  assertThrows(() => XOAUTH2.client({ ...USER, token: null }), TypeError, 'set "token"');
});
