import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import type { SaslServerStep } from "../../../session/sasl/mod.ts";
import { PLAIN } from "../../../session/sasl/plain.ts";
import { ADA, converse, makeDesk, text, utf8 } from "./exchange.ts";

Deno.test("PLAIN: both halves agree, with and without an initial response (RFC 4954 4)", async () => {
  for (const initial of [true, false]) {
    const { context, asked } = makeDesk();
    const client = PLAIN.client(ADA);
    assertFalse(client.complete);
    const step = await converse(client, PLAIN.server(context), { initial });
    assertEquals(step, { kind: "accepted", username: "ada" });
    assertEquals(asked, [{ username: "ada", password: "analytical", token: null, authzid: null }]);
    assert(client.complete);
  }
});

Deno.test("PLAIN: the client says the message of the first example (RFC 4616 4)", async () => {
  const client = PLAIN.client({ ...ADA, username: "tim", password: "tanstaaftanstaaf" });
  assertEquals(text(await client.initial() ?? utf8("")), "\0tim\0tanstaaftanstaaf");
});

Deno.test("PLAIN: the server reads the message of the first example (RFC 4616 4)", async () => {
  const { context, asked } = makeDesk(() => ({ authenticated: true, secret: null }));
  const step = await PLAIN.server(context).next(utf8("\0tim\0tanstaaftanstaaf"));
  assertEquals(step, { kind: "accepted", username: "tim" });
  assertEquals(asked, [{
    username: "tim",
    password: "tanstaaftanstaaf",
    token: null,
    authzid: null,
  }]);
});

Deno.test("PLAIN: the server lets nobody act as another, as in the second example (RFC 4616 4, #150, A5, S81)", async () => {
  const { context, asked } = makeDesk(() => ({ authenticated: true, secret: null }));
  const server = PLAIN.server(context);
  for (const response of ["Ursel\0Kurt\0xipj3plmq", "a\0u\0p", "U\0u\0p", "u \0u\0p"]) {
    assertEquals(await server.next(utf8(response)), { kind: "refused" }, response);
  }
  assertEquals(asked, []);
});

Deno.test("PLAIN: the client says whom it wants to act as, as in the second example (RFC 4616 4, S81)", async () => {
  const account = { ...ADA, username: "Kurt", password: "xipj3plmq", authzid: "Ursel" };
  const message = await PLAIN.client(account).initial();
  assertEquals(text(message ?? utf8("")), "Ursel\0Kurt\0xipj3plmq");
  assertThrows(() => PLAIN.client({ ...ADA, authzid: "a\0b" }), TypeError, '"authzid"');
});

Deno.test("PLAIN: a client may name itself as whom it acts as (RFC 4616 2, S81)", async () => {
  const { context, asked } = makeDesk();
  const step = await PLAIN.server(context).next(utf8("ada\0ada\0analytical"));
  assertEquals(step, { kind: "accepted", username: "ada" });
  assertEquals(asked, [{ username: "ada", password: "analytical", token: null, authzid: "ada" }]);
});

Deno.test("PLAIN: a response that has not three parts, or no name, is malformed (#150, A5, S28)", async () => {
  const { context, asked } = makeDesk(() => ({ authenticated: true, secret: null }));
  const server = PLAIN.server(context);
  const responses = [
    "",
    "u",
    "u\0p",
    "\0",
    "\0\0",
    "\0\0p",
    "a\0\0p",
    "\0u\0p\0x",
    "\0u\0p\0",
    "\0\0\0",
  ];
  for (const response of responses) {
    const step = await server.next(utf8(response));
    assertEquals(step.kind, "malformed", JSON.stringify(response));
  }
  assertEquals(asked, []);
});

Deno.test("PLAIN: parts that are not UTF-8 are malformed, an overlong NUL too (#150, A5)", async () => {
  const { context, asked } = makeDesk(() => ({ authenticated: true, secret: null }));
  const server = PLAIN.server(context);
  const broken = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]];
  for (const octets of broken) {
    for (const part of [0, 1, 2]) {
      const parts = [[0x75], [0x75], [0x70]];
      parts[part] = octets;
      const [authzid = [], authcid = [], password = []] = parts;
      const response = Uint8Array.from([...authzid, 0, ...authcid, 0, ...password]);
      assertEquals((await server.next(response)).kind, "malformed", `${octets} in part ${part}`);
    }
  }
  assertEquals(asked, []);
});

Deno.test("PLAIN: control and invisible characters in a name are refused (A5, S81)", async () => {
  const { context, asked } = makeDesk(() => ({ authenticated: true, secret: null }));
  const server = PLAIN.server(context);
  for (const character of "\x01\t\r\n\x1b\x1f\x7f\x80\x9f\u200b\u2028\u202e\u2060\u2066\ufeff") {
    for (const response of [`\0a${character}\0p`, `\0${character}a\0p`, `a${character}\0a\0p`]) {
      assertEquals(
        await server.next(utf8(response)),
        { kind: "refused" },
        JSON.stringify(response),
      );
    }
  }
  assertEquals(asked, []);
});

Deno.test("PLAIN: an empty password is for the handler to judge (A5)", async () => {
  const desk = makeDesk(({ password }) => ({ authenticated: password === "", secret: null }));
  const step = await PLAIN.server(desk.context).next(utf8("\0u\0"));
  assertEquals(step, { kind: "accepted", username: "u" });
});

Deno.test("PLAIN: parts of 255 octets and beyond arrive whole (RFC 4616 2, #150, A5)", async () => {
  for (const length of [255, 3000]) {
    const { context, asked } = makeDesk(() => ({ authenticated: true, secret: null }));
    const name = "ü".repeat(length);
    const password = "p".repeat(length);
    await PLAIN.server(context).next(utf8(`${name}\0${name}\0${password}`));
    assertEquals(asked, [{ username: name, password, token: null, authzid: name }]);
  }
});

Deno.test("PLAIN: names and passwords beyond ASCII arrive as they are, a byte order mark too (RFC 4616 2)", async () => {
  const { context, asked } = makeDesk(() => ({ authenticated: true, secret: null }));
  const credentials = {
    ...ADA,
    username: "ädä@exämple.test",
    password: "\ufeffπάσσ\u0001 wörd\ud83d\udd11",
  };
  await converse(PLAIN.client(credentials), PLAIN.server(context));
  assertEquals(asked[0]?.username, credentials.username);
  assertEquals(asked[0]?.password, credentials.password);
});

Deno.test("PLAIN: only a verdict of true accepts; no verdict is not a refusal (#138)", async () => {
  const verdicts: [boolean | null, SaslServerStep["kind"]][] = [
    [true, "accepted"],
    [false, "refused"],
    [null, "unavailable"],
  ];
  for (const [authenticated, kind] of verdicts) {
    const { context } = makeDesk(() => ({ authenticated, secret: "analytical" }));
    assertEquals((await converse(PLAIN.client(ADA), PLAIN.server(context))).kind, kind);
  }
});

Deno.test("PLAIN: the client refuses a second challenge, and one that says something (A5)", () => {
  const again = PLAIN.client(ADA);
  again.respond(utf8(""));
  const second = assertThrows(() => again.respond(utf8("")), SmtpError, "a second challenge");
  assertEquals(second.kind, "auth");
  const fresh = PLAIN.client(ADA);
  const full = assertThrows(() => fresh.respond(utf8("x")), SmtpError, "that is not empty");
  assertEquals(full.kind, "auth");
});

Deno.test("PLAIN: the client refuses credentials that it cannot say, and tells none (P16)", () => {
  const unsayable = [
    { username: "" },
    { username: "a\0b" },
    { username: "a\r\nb" },
    { username: "a\ud800" },
    { password: "s3cret\0" },
    { password: "s3cret\udc00" },
  ];
  for (const part of unsayable) {
    const error = assertThrows(() => PLAIN.client({ ...ADA, ...part }), TypeError);
    assertFalse(error.message.includes("s3cret"));
    assert(error.message.startsWith("Cannot authenticate: "));
  }
});

Deno.test("PLAIN: an exchange that is printed shows no password (A5)", () => {
  assertFalse(
    Deno.inspect(PLAIN.client(ADA), { depth: 9, showHidden: true }).includes(ADA.password),
  );
});
