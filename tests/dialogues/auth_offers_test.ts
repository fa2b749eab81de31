import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { dialogue, testOptions } from "../helpers/dialogue.ts";
import { octets, text } from "../helpers/split.ts";
import { ehlo, exchanges, GREETED, MESSAGE, QUIT } from "../helpers/transcripts.ts";
import { encodeBase64 } from "../../session/wire/base64.ts";
import type { SaslMechanism } from "../../session/sasl/mod.ts";
import type { EventSessions } from "../../session/handler/events.ts";
import { resolveOptions } from "../../server/resolve.ts";
import { Server } from "../../server/server.ts";
import type { ServerOptions } from "../../server/options.ts";

const YES = "235 2.7.0 Authentication succeeded";
const NO = "535 5.7.8 Authentication credentials are invalid";
const UNKNOWN = "504 5.5.4 Authentication mechanism is not supported";

/** A server with TLS that asks its clients for a certificate, and one mechanism. */
async function external(options: ServerOptions = {}, verify = false): Promise<ServerOptions> {
  const { server, ca } = await certificates();
  return {
    auth: { mechanisms: ["EXTERNAL"] },
    onLogin: (session) => {
      session.authenticated = session.tls?.peerCertificate?.subject === "CN=ada@example.org" &&
        ["", "ada@example.org"].includes(session.username);
    },
    ...options,
    tls: { ...server, rootCert: ca.cert, verify, implicit: true, ...options.tls },
  };
}

Deno.test("AUTH EXTERNAL: the handler sees the certificate and whom the client wants to act as (RFC 4422 A, N18)", async () => {
  const { client } = await certificates();
  const name = encodeBase64(octets("ada@example.org"));
  const offered = GREETED + ehlo({ secure: true, auth: "EXTERNAL" });
  await dialogue(await external({}, true), [
    offered + exchanges([["AUTH EXTERNAL =", YES]]) + MESSAGE + QUIT,
    offered + exchanges([[`AUTH EXTERNAL ${name}`, YES]]) + QUIT,
    `${offered}C: AUTH EXTERNAL\nS: 334\\x20\nC: ${name}\nS: ${YES}\n${QUIT}`,
    `${offered}C: AUTH EXTERNAL\nS: 334\\x20\nC:\nS: ${YES}\n${QUIT}`,
    offered + exchanges([
      [`AUTH EXTERNAL ${encodeBase64(octets("eve"))}`, NO],
      [
        `AUTH EXTERNAL ${encodeBase64(octets("a\0"))}`,
        "501 5.5.2 The name to act as is not UTF-8 without NUL",
      ],
      ["AUTH PLAIN AGFkYQBh", UNKNOWN],
    ]) + QUIT,
  ], { implicit: true, client: { cert: client.cert, key: client.key } });
});

Deno.test("EXTERNAL is offered to nobody without a certificate that was verified (RFC 4422 A, #129)", async () => {
  const { rogueClient } = await certificates();
  const nothing = GREETED + ehlo({ secure: true }) + exchanges([["AUTH EXTERNAL =", UNKNOWN]]) +
    QUIT;
  for (const client of [{}, { cert: rogueClient.cert, key: rogueClient.key }]) {
    await dialogue(await external(), nothing, { implicit: true, client });
  }
  await dialogue(
    await external({
      auth: { mechanisms: ["EXTERNAL"], insecure: "always" },
      tls: { implicit: false },
    }),
    GREETED + ehlo({ startTls: true }) + exchanges([["AUTH EXTERNAL =", UNKNOWN]]) + QUIT,
  );
});

Deno.test("channel binding is offered within TLS alone, the list is another after STARTTLS (RFC 4954 4, RFC 5802 6, #129)", async () => {
  const { server } = await certificates();
  const mechanisms = [
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-256",
    "CRAM-MD5",
    "PLAIN",
  ];
  await dialogue(
    { auth: { mechanisms, insecure: "loopback" }, onLogin: () => {}, tls: server },
    GREETED + ehlo({ startTls: true, auth: "SCRAM-SHA-256 CRAM-MD5 PLAIN" }) +
      exchanges([["AUTH SCRAM-SHA-256-PLUS", UNKNOWN]]) +
      "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n" +
      ehlo({ secure: true, auth: mechanisms.join(" ") }) +
      "C: AUTH SCRAM-SHA-256-PLUS\nS: 334\\x20\nC: *\nS: 501 5.7.0 Authentication cancelled\n" +
      QUIT,
  );
});

/** A mechanism of one's own: a name, and then the password backwards. */
const BACKWARDS: SaslMechanism = {
  name: "X-BACKWARDS",
  plaintext: true,
  needs: "password",
  client: ({ username, password }) => ({
    initial: () => octets(`${username} ${[...password].reverse().join("")}`),
    respond: () => {
      throw new Error("there is no challenge");
    },
    complete: true,
  }),
  server: ({ login }) => ({
    next: async (response) => {
      const [username = "", reversed = ""] = text(response ?? octets("")).split(" ");
      const password = [...reversed].reverse().join("");
      const { authenticated } = await login({ username, password, token: null, authzid: null });
      return authenticated ? { kind: "accepted", username } : { kind: "refused" };
    },
  }),
};

Deno.test("a mechanism of one's own is offered and used like any other (RFC 4422 3)", async () => {
  const seen: unknown[] = [];
  const onLogin = (session: EventSessions["onLogin"]): void => {
    seen.push([session.mechanism, session.username, session.password]);
    session.authenticated = session.password === "analytical";
  };
  await dialogue(
    { auth: { mechanisms: ["PLAIN", BACKWARDS] }, onLogin },
    GREETED + ehlo({ auth: "PLAIN X-BACKWARDS" }) + exchanges([
      [`AUTH X-BACKWARDS ${encodeBase64(octets("ada analytical"))}`, NO],
      [`AUTH x-backwards ${encodeBase64(octets("ada lacitylana"))}`, YES],
    ]) + QUIT,
  );
  assertEquals(seen, [
    ["X-BACKWARDS", "ada", "lacitylana"],
    ["X-BACKWARDS", "ada", "analytical"],
  ]);
});

Deno.test("a mechanism of one's own that throws lets nobody in, and is told of (RFC 4954 6, #138)", async () => {
  const faults: string[] = [];
  const broken: SaslMechanism = {
    ...BACKWARDS,
    server: () => ({ next: () => Promise.reject(new Error("out of order")) }),
  };
  await dialogue(
    {
      auth: { mechanisms: [broken] },
      onLogin: () => {},
      onError: (error, where) => void faults.push(`${where}: ${error.message}`),
    },
    GREETED + ehlo({ auth: "X-BACKWARDS" }) + exchanges([
      ["AUTH X-BACKWARDS YQ==", "454 4.7.0 Cannot authenticate at the moment, try again later"],
      ["MAIL FROM:<>", "530 5.7.0 Authentication is required"],
    ]) + QUIT,
  );
  assertEquals(faults, ["AUTH: out of order"]);
});

Deno.test("a mechanism of one's own that gives no exchange, no step or none in time lets nobody in, and the session goes on (RFC 4954 6, #138)", async () => {
  const says = (step: unknown): unknown => ({ next: () => Promise.resolve(step) });
  const rows: [() => unknown, string][] = [
    [() => {
      throw new SyntaxError("out of order");
    }, "out of order"],
    [() => says({ kind: "maybe" }), "a step must be one of SaslServerStep"],
    [() => says({ kind: "challenge", bytes: "abc" }), "must be a Uint8Array"],
    [() => says({ kind: "accepted" }), "must have a username"],
    [() => says({ kind: "accepted", username: "a\r\nb" }), "without control characters"],
    [() => ({ next: () => new Promise(() => {}) }), "a step must end within 50 ms"],
  ];
  for (const [server, problem] of rows) {
    const faults: string[] = [];
    await dialogue(
      {
        auth: { mechanisms: [{ ...BACKWARDS, server: server as SaslMechanism["server"] }] },
        timeouts: { handler: 50 },
        onLogin: () => {},
        onError: (error, where) => void faults.push(`${where}: ${error.message}`),
      },
      GREETED + ehlo({ auth: "X-BACKWARDS" }) + exchanges([
        ["AUTH X-BACKWARDS YQ==", "454 4.7.0 Cannot authenticate at the moment, try again later"],
        ["MAIL FROM:<>", "530 5.7.0 Authentication is required"],
      ]) + QUIT,
    );
    assertEquals(faults.length, 1);
    assertStringIncludes(faults[0], problem);
  }
});

Deno.test("a mechanism of one's own does not cross to other threads, which start() says", async () => {
  const server = new Server(testOptions({ threads: 2, auth: { mechanisms: [BACKWARDS] } }));
  await assertRejects(
    () => server.start(),
    TypeError,
    '"threads" must be 1, got 2 and X-BACKWARDS',
  );
});

Deno.test("auth.iterations is 4,096 to 1,000,000 (RFC 7677 4)", () => {
  for (const iterations of [4095, 1_000_001, 4096.5, NaN]) {
    assertThrows(
      () => resolveOptions({ auth: { iterations } }, false),
      RangeError,
      "4096 to 1000000",
    );
  }
  assertEquals(resolveOptions({ auth: { iterations: 10_000 } }, false).iterations, 10_000);
  assertEquals(resolveOptions({}, false).iterations, 4096);
});

Deno.test("each server has a decoy key of its own, of 32 octets", () => {
  const [first, second] = [resolveOptions({}, false), resolveOptions({}, false)];
  assertEquals(first.decoyKey.length, 32);
  assertEquals(text(first.decoyKey) === text(second.decoyKey), false);
});
