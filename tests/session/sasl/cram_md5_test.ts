import { assert, assertEquals, assertFalse, assertMatch, assertThrows } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import { CRAM_MD5, CramMd5Server } from "../../../session/sasl/cram_md5.ts";
import { createStoredKey } from "../../../session/sasl/stored_key.ts";
import type { LoginAnswer, SaslServerStep } from "../../../session/sasl/mod.ts";
import { ADA, converse, makeDesk, text, utf8 } from "./exchange.ts";

// The example of RFC 2195, section 2.
const TIM = { ...ADA, username: "tim", password: "tanstaaftanstaaf" };
const CHALLENGE = "<1896.697170952@postoffice.reston.mci.net>";
const DIGEST = "b913a602c7eda7a495b4e6e7334d3890";

/** Answers the published challenge at a server whose handler says this. */
async function answer(response: string | Uint8Array, says: LoginAnswer): Promise<SaslServerStep> {
  const server = new CramMd5Server(makeDesk(() => says).context, utf8(CHALLENGE));
  assertEquals(await server.next(null), { kind: "challenge", bytes: utf8(CHALLENGE) });
  return await server.next(typeof response === "string" ? utf8(response) : response);
}

const TIMS = { authenticated: null, secret: TIM.password };

Deno.test("CRAM-MD5: the client answers the published challenge (RFC 2195 2)", async () => {
  const client = CRAM_MD5.client(TIM);
  assertEquals(text(await client.respond(utf8(CHALLENGE))), `tim ${DIGEST}`);
  assert(client.complete);
});

Deno.test("CRAM-MD5: the server takes the published response (RFC 2195 2)", async () => {
  assertEquals(await answer(`tim ${DIGEST}`, TIMS), { kind: "accepted", username: "tim" });
});

Deno.test("CRAM-MD5: both halves agree, also beyond ASCII and past MD5's block of 64 octets", async () => {
  const accounts = [
    ADA,
    { ...ADA, username: "ada lovelace", password: "with a space" },
    { ...ADA, username: "ädä", password: "wörd".repeat(40) },
    { ...ADA, password: "p".repeat(64) },
  ];
  for (const account of accounts) {
    const { context, asked } = makeDesk(() => ({ authenticated: null, secret: account.password }));
    const client = CRAM_MD5.client(account);
    assertEquals(client.initial(), null);
    const step = await converse(client, CRAM_MD5.server(context));
    assertEquals(step, { kind: "accepted", username: account.username });
    assertEquals(asked, [{
      username: account.username,
      password: null,
      token: null,
      authzid: null,
    }]);
  }
});

Deno.test("CRAM-MD5: a wrong password is refused", async () => {
  const { context } = makeDesk();
  const step = await converse(CRAM_MD5.client({ ...ADA, password: "x" }), CRAM_MD5.server(context));
  assertEquals(step, { kind: "refused" });
});

Deno.test("CRAM-MD5: a digest that differs in any digit is refused (A5)", async () => {
  for (let i = 0; i < DIGEST.length; i++) {
    const digit = DIGEST[i] === "0" ? "1" : "0";
    const wrong = DIGEST.slice(0, i) + digit + DIGEST.slice(i + 1);
    assertEquals(await answer(`tim ${wrong}`, TIMS), { kind: "refused" }, wrong);
  }
});

Deno.test("CRAM-MD5: a handler's false wins over the right secret", async () => {
  const step = await answer(`tim ${DIGEST}`, { authenticated: false, secret: TIM.password });
  assertEquals(step, { kind: "refused" });
});

Deno.test("CRAM-MD5: a handler's true without a secret lets nobody in", async () => {
  for (const authenticated of [true, null]) {
    const step = await answer(`tim ${DIGEST}`, { authenticated, secret: null });
    assertEquals(step, { kind: "unavailable" });
  }
});

Deno.test("CRAM-MD5: a handler's true does not stand in for the proof", async () => {
  const step = await answer(`tim ${"0".repeat(32)}`, { authenticated: true, secret: TIM.password });
  assertEquals(step, { kind: "refused" });
});

Deno.test("CRAM-MD5: an empty secret lets nobody in, whatever is proved by it", async () => {
  const client = CRAM_MD5.client({ ...TIM, password: "" });
  const response = await client.respond(utf8(CHALLENGE));
  assertEquals(await answer(response, { authenticated: null, secret: "" }), { kind: "refused" });
});

Deno.test("CRAM-MD5: a secret that is no Unicode text lets nobody in, and breaks nothing", async () => {
  const says = { authenticated: null, secret: "\ud800" };
  assertEquals(await answer(`tim ${DIGEST}`, says), { kind: "refused" });
});

Deno.test("CRAM-MD5: a key stored for SCRAM is no password, and the log is told so without it (RFC 5803)", async () => {
  const secret = await createStoredKey(TIM.password);
  const response = await CRAM_MD5.client({ ...TIM, password: secret }).respond(utf8(CHALLENGE));
  const step = await answer(response, { authenticated: null, secret });
  assert(step.kind === "unavailable");
  assertMatch(step.fault ?? "", /"secret" must be a password, got a key stored for SCRAM$/);
  assertEquals(await answer(response, { authenticated: false, secret }), { kind: "refused" });
});

Deno.test("CRAM-MD5: an initial response is malformed, with 5.7.0 (RFC 4954 4, #136)", async () => {
  for (const response of ["", `tim ${DIGEST}`]) {
    const { context, asked } = makeDesk();
    const step = await new CramMd5Server(context, utf8(CHALLENGE)).next(utf8(response));
    assert(step.kind === "malformed");
    assertEquals(step.code, "5.7.0");
    assertEquals(asked, []);
  }
});

Deno.test("CRAM-MD5: a response that is no name, space and digest is malformed (A5)", async () => {
  const responses = [
    "",
    " ",
    "tim",
    "tim ",
    DIGEST,
    ` ${DIGEST}`,
    `tim${DIGEST}`,
    `tim\t${DIGEST}`,
    `tim ${DIGEST} `,
    `tim ${DIGEST}\r\n`,
    `tim ${DIGEST.slice(1)}`,
    `tim ${DIGEST}0`,
    `tim ${DIGEST.toUpperCase()}`,
    `tim ${"g".repeat(32)}`,
    "QUIT",
  ];
  for (const response of responses) {
    assertEquals((await answer(response, TIMS)).kind, "malformed", JSON.stringify(response));
  }
  const invalid = Uint8Array.of(0xc0, 0x80, ...utf8(` ${DIGEST}`));
  assertEquals((await answer(invalid, TIMS)).kind, "malformed");
});

Deno.test("CRAM-MD5: control characters in a name are refused (S81)", async () => {
  for (const name of ["t\0im", "tim\n", "\x7f", "t\u202eim"]) {
    assertEquals(await answer(`${name} ${DIGEST}`, TIMS), { kind: "refused" });
  }
});

Deno.test("CRAM-MD5: a challenge is a message identifier with 128 random bits, never the same (RFC 2195 2, A5)", async () => {
  const seen = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const step = await CRAM_MD5.server(makeDesk().context).next(null);
    assert(step.kind === "challenge");
    assertMatch(text(step.bytes), /^<[0-9a-f]{32}\.\d+@mail\.test>$/);
    seen.add(text(step.bytes).slice(0, 33));
  }
  assertEquals(seen.size, 200);
});

Deno.test("CRAM-MD5: a challenge serves once (A5)", async () => {
  const { context, asked } = makeDesk(() => TIMS);
  const server = new CramMd5Server(context, utf8(CHALLENGE));
  await server.next(null);
  assertEquals((await server.next(utf8(`tim ${"0".repeat(32)}`))).kind, "refused");
  assertEquals((await server.next(utf8(`tim ${DIGEST}`))).kind, "malformed");
  assertEquals((await server.next(null)).kind, "malformed");
  assertEquals(asked.length, 1);
});

Deno.test("CRAM-MD5: the client refuses a second challenge, an empty and an endless one (A5)", async () => {
  const client = CRAM_MD5.client(TIM);
  await client.respond(utf8(CHALLENGE));
  const challenges: [typeof client, number, string][] = [
    [client, 10, "a second challenge"],
    [CRAM_MD5.client(TIM), 0, "an empty challenge"],
    [CRAM_MD5.client(TIM), 1025, "more than 1024 octets"],
  ];
  for (const [exchange, length, problem] of challenges) {
    const error = assertThrows(
      () => exchange.respond(new Uint8Array(length).fill(0x61)),
      SmtpError,
      problem,
    );
    assertEquals(error.kind, "auth");
  }
});

Deno.test("CRAM-MD5: an exchange that is printed shows no password (A5)", () => {
  const shown = Deno.inspect(CRAM_MD5.client(ADA), { depth: 9, showHidden: true });
  assertFalse(shown.includes(ADA.password));
});
