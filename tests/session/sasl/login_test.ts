import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import { LOGIN } from "../../../session/sasl/login.ts";
import type { SaslServerStep } from "../../../session/sasl/mod.ts";
import { encodeBase64 } from "../../../session/wire/base64.ts";
import { ADA, converse, makeDesk, utf8 } from "./exchange.ts";

/** Runs a server through responses and returns every step: challenges as their text, the rest as its kind. */
async function play(responses: (string | null)[], desk = makeDesk()): Promise<string[]> {
  const server = LOGIN.server(desk.context);
  const steps: string[] = [];
  for (const response of responses) {
    const step: SaslServerStep = await server.next(response === null ? null : utf8(response));
    steps.push(step.kind === "challenge" ? new TextDecoder().decode(step.bytes) : step.kind);
  }
  return steps;
}

Deno.test("LOGIN: both halves agree (S30)", async () => {
  const { context, asked } = makeDesk();
  const client = LOGIN.client(ADA);
  assertEquals(client.initial(), null);
  assertFalse(client.complete);
  assertEquals(await converse(client, LOGIN.server(context)), {
    kind: "accepted",
    username: "ada",
  });
  assertEquals(asked, [{ username: "ada", password: "analytical", token: null, authzid: null }]);
  assert(client.complete);
});

Deno.test("LOGIN: both halves say what Microsoft's example says ([MS-XLOGIN] 4)", async () => {
  const charlie = { ...ADA, username: "Charlie", password: "password" };
  const { context } = makeDesk(({ username, password }) => ({
    authenticated: username === "Charlie" && password === "password",
    secret: null,
  }));
  const client = LOGIN.client(charlie);
  const server = LOGIN.server(context);
  const said: string[] = [];
  let step = await server.next(null);
  while (step.kind === "challenge") {
    const response = await client.respond(step.bytes);
    said.push(encodeBase64(step.bytes), encodeBase64(response));
    step = await server.next(response);
  }
  assertEquals(said, ["VXNlcm5hbWU6", "Q2hhcmxpZQ==", "UGFzc3dvcmQ6", "cGFzc3dvcmQ="]);
  assertEquals(step, { kind: "accepted", username: "Charlie" });
});

Deno.test("LOGIN: the server asks for the name, then the password (S30)", async () => {
  assertEquals(await play([null, "ada", "analytical"]), ["Username:", "Password:", "accepted"]);
  assertEquals(await play([null, "ada", "wrong"]), ["Username:", "Password:", "refused"]);
  assertEquals(await play([null, "eve", "analytical"]), ["Username:", "Password:", "refused"]);
});

Deno.test("LOGIN: the server takes a name that comes with the command (S30)", async () => {
  assertEquals(await play(["ada", "analytical"]), ["Password:", "accepted"]);
  assertEquals(await play(["ada", "wrong"]), ["Password:", "refused"]);
});

Deno.test("LOGIN: a name that is empty or not UTF-8 is malformed, with the command too (#136, A5)", async () => {
  assertEquals(await play([""]), ["malformed"]);
  assertEquals(await play([null, ""]), ["Username:", "malformed"]);
  const server = LOGIN.server(makeDesk().context);
  assertEquals((await server.next(Uint8Array.of(0xc0, 0x80))).kind, "malformed");
});

Deno.test("LOGIN: control characters in a name are refused before a password is asked for (S81)", async () => {
  for (const name of ["\0ada", "ada\r\n", "a\x7fda", "a\u0085da", "a\u202eda"]) {
    assertEquals(await play([null, name]), ["Username:", "refused"], JSON.stringify(name));
  }
});

Deno.test("LOGIN: a password with NUL or that is not UTF-8 is malformed, and asks nobody (A5)", async () => {
  const desk = makeDesk(() => ({ authenticated: true, secret: null }));
  assertEquals(await play(["ada", "analytical\0"], desk), ["Password:", "malformed"]);
  const server = LOGIN.server(desk.context);
  await server.next(utf8("ada"));
  assertEquals((await server.next(Uint8Array.of(0xff))).kind, "malformed");
  assertEquals(desk.asked, []);
});

Deno.test("LOGIN: an empty password is for the handler to judge (A5)", async () => {
  const desk = makeDesk(({ password }) => ({ authenticated: password === "", secret: null }));
  assertEquals(await play([null, "ada", ""], desk), ["Username:", "Password:", "accepted"]);
});

Deno.test("LOGIN: commands within the exchange are data (A5)", async () => {
  const desk = makeDesk();
  assertEquals(await play([null, "QUIT", "RSET"], desk), ["Username:", "Password:", "refused"]);
  assertEquals(desk.asked, [{ username: "QUIT", password: "RSET", token: null, authzid: null }]);
});

Deno.test("LOGIN: only a verdict of true accepts; no verdict is not a refusal (#138)", async () => {
  const unset = makeDesk(() => ({ authenticated: null, secret: ADA.password }));
  assertEquals(await play(["ada", "analytical"], unset), ["Password:", "unavailable"]);
});

Deno.test("LOGIN: an exchange that has ended does not ask the handler by the old name again (A5)", async () => {
  const desk = makeDesk();
  assertEquals(await play(["ada", "x", "y"], desk), ["Password:", "refused", "Password:"]);
  assertEquals(desk.asked.length, 1);
});

Deno.test("LOGIN: the client minds the order of the challenges, not their words", () => {
  const client = LOGIN.client(ADA);
  assertEquals(client.respond(utf8("User Name\0")), utf8("ada"));
  assertEquals(client.respond(utf8("")), utf8("analytical"));
});

Deno.test("LOGIN: the client refuses a third challenge, so that a loop ends (A5)", () => {
  const client = LOGIN.client(ADA);
  client.respond(utf8("Username:"));
  client.respond(utf8("Password:"));
  const error = assertThrows(
    () => client.respond(utf8("Password:")),
    SmtpError,
    "a third challenge",
  );
  assertEquals(error.kind, "auth");
});

Deno.test("LOGIN: the client refuses credentials that it cannot say, and tells none (P16)", () => {
  for (const part of [{ username: "" }, { username: "a\0" }, { password: "s3cret\0" }]) {
    const error = assertThrows(() => LOGIN.client({ ...ADA, ...part }), TypeError);
    assertFalse(error.message.includes("s3cret"));
  }
});

Deno.test("LOGIN: an exchange that is printed shows no password (A5)", async () => {
  const server = LOGIN.server(makeDesk().context);
  await server.next(utf8("ada"));
  const shown = Deno.inspect([LOGIN.client(ADA), server], { depth: 9, showHidden: true });
  assertFalse(shown.includes(ADA.password));
});
