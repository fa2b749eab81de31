import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXTERNAL } from "../../../session/sasl/external.ts";
import type { LoginAnswer, SaslServerContext } from "../../../session/sasl/mod.ts";
import { ADA, converse, type Desk, makeDesk, utf8 } from "./exchange.ts";

const CERTIFICATE: SaslServerContext["certificate"] = {
  subject: "CN=ada@example.org",
  subjectAltName: "email:ada@example.org",
  fingerprint256: "00:11",
};

function desk(authenticated: LoginAnswer["authenticated"], certificate = CERTIFICATE): Desk {
  return makeDesk(() => ({ authenticated, secret: "not asked for" }), { certificate });
}

Deno.test("EXTERNAL: both halves agree, with and without an initial response, for oneself and by name (RFC 4422 A)", async () => {
  const rows = [
    [{ username: "" }, "", null],
    [{ username: "ada" }, "ada", "ada"],
    [{ username: "ada", authzid: "b\u00f6b" }, "b\u00f6b", "b\u00f6b"],
    [{ username: "ada", authzid: "" }, "", null],
  ] as const;
  for (const [names, username, authzid] of rows) {
    for (const initial of [true, false]) {
      const { asked, context } = desk(true);
      const client = EXTERNAL.client({ ...ADA, ...names });
      const step = await converse(client, EXTERNAL.server(context), { initial });
      assertEquals(step, { kind: "accepted", username });
      assertEquals(asked, [{ username, password: null, token: null, authzid }]);
      assert(client.complete);
    }
  }
});

Deno.test("EXTERNAL: both halves say what the first example says, an empty challenge and an empty response (RFC 4422 A.2)", async () => {
  const client = EXTERNAL.client({ ...ADA, username: "" });
  const server = EXTERNAL.server(desk(true).context);
  const challenge = utf8("");
  assertEquals(await server.next(null), { kind: "challenge", bytes: challenge });
  const response = await client.respond(challenge);
  assertEquals(response, utf8(""));
  assertEquals(await server.next(response), { kind: "accepted", username: "" });
});

Deno.test("EXTERNAL: both halves say what the second example says, a name at once that is refused (RFC 4422 A.2)", async () => {
  const { asked, context } = desk(false);
  const response = await EXTERNAL.client({ ...ADA, username: "fred@example.com" }).initial();
  assertEquals(response, utf8("fred@example.com"));
  assertEquals(await EXTERNAL.server(context).next(response), { kind: "refused" });
  assertEquals(asked.map(({ authzid }) => authzid), ["fred@example.com"]);
});

Deno.test("EXTERNAL: the handler decides, and a secret decides nothing (RFC 4422 A)", async () => {
  for (const [verdict, kind] of [[false, "refused"], [null, "unavailable"]] as const) {
    const step = await EXTERNAL.server(desk(verdict).context).next(utf8(""));
    assertEquals(step.kind, kind);
  }
});

Deno.test("EXTERNAL: without a certificate that was verified nobody is in, and nobody is asked (RFC 4422 A)", async () => {
  const { asked, context } = desk(true, null);
  assertEquals((await EXTERNAL.server(context).next(utf8("ada"))).kind, "refused");
  assertEquals(asked, []);
});

Deno.test("EXTERNAL: a name that is not UTF-8 without NUL is malformed, one that hides is refused (RFC 4422 A.1, S81)", async () => {
  const { asked, context } = desk(true);
  for (const name of [Uint8Array.of(0xff), utf8("a\0"), utf8("\0")]) {
    assertEquals((await EXTERNAL.server(context).next(name)).kind, "malformed");
  }
  for (const name of ["a\rb", "a\x7f", "a\u200b"]) {
    assertEquals((await EXTERNAL.server(context).next(utf8(name))).kind, "refused");
  }
  assertEquals(asked, []);
});

Deno.test("EXTERNAL: the client refuses a challenge that says something, a second one, and a name that it cannot say (P16)", () => {
  const client = EXTERNAL.client(ADA);
  assertThrows(() => client.respond(utf8("who?")), Error, "a challenge that is not empty");
  client.respond(utf8(""));
  assertThrows(() => client.respond(utf8("")), Error, "a second challenge");
  assertThrows(() => EXTERNAL.client({ ...ADA, authzid: "a\0b" }), TypeError, '"authzid"');
});
