import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AuthMode, Client, type ClientOptions, EncryptMode } from "../../client/mod.ts";
import type { SaslMechanism } from "../../session/sasl/mod.ts";
import { encodeUtf8 } from "../../session/wire/bytes.ts";
import { certificates } from "../helpers/certificates.ts";
import { assertSmtpError, plainClient } from "../helpers/clients.ts";
import { type Script, type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

const ADA: ClientOptions = { username: "ada", password: "analytical", authMode: AuthMode.sasl };
const PLAIN = `AUTH PLAIN ${btoa("\0ada\0analytical")}`;

const ALL =
  "LOGIN PLAIN CRAM-MD5 EXTERNAL XOAUTH2 OAUTHBEARER SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS X-NEW";

/** Authenticates in clear with a server that offers these mechanisms and then plays the script. */
async function login(
  mechanisms: string,
  script: Script,
  options: ClientOptions = {},
): Promise<boolean> {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet(`AUTH ${mechanisms}`);
    await script(peer);
    await peer.bye();
  });
  await using client = plainClient(server.port, { ...ADA, ...options });
  await client.connect();
  return await client.authenticate();
}

/** Authenticates after STARTTLS with a server that offers something before, and something then. */
async function secureLogin(
  [before, after]: readonly [string, string],
  script: Script,
  options: ClientOptions = {},
): Promise<boolean> {
  const { server: certificate, ca } = await certificates();
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("STARTTLS", ...before === "" ? [] : [`AUTH ${before}`]);
    await peer.exchange("STARTTLS", "220 2.0.0 go");
    await peer.upgrade(certificate);
    await peer.hello(`AUTH ${after}`);
    await script(peer);
    await peer.bye();
  });
  await using client = new Client({
    host: "127.0.0.1",
    port: server.port,
    encryptMode: EncryptMode.startTls,
    ...ADA,
    ...options,
    tls: { ca: ca.cert, ...options.tls },
  });
  await client.connect();
  return await client.authenticate();
}

/** Answers 504 to every AUTH, and notes by what it was. */
function refuseAll(tried: string[]): Script {
  return async (peer: ScriptPeer) => {
    for (let line = await peer.line(); line?.startsWith("AUTH "); line = await peer.line()) {
      tried.push(line.split(" ")[1]);
      await peer.say("504 5.5.4 not that\r\n");
    }
    await peer.say("221 2.0.0 bye\r\n");
  };
}

Deno.test("authMode sasl tries what there is by its strength, in clear (RFC 4954 4, C21)", async () => {
  const rows: [ClientOptions, string][] = [
    [{}, "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"],
    [{ authMode: AuthMode.default }, "PLAIN LOGIN"],
    [{ password: "", token: "t" }, "OAUTHBEARER XOAUTH2"],
    [
      { token: "t" },
      "SCRAM-SHA-256 SCRAM-SHA-1 OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN",
    ],
    [{ authzid: "eve" }, "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN"],
    [{ mechanisms: ["login", "CRAM-MD5"] }, "LOGIN CRAM-MD5"],
  ];
  for (const [options, expected] of rows) {
    const tried: string[] = [];
    await assertSmtpError(
      () => login(ALL, refuseAll(tried), options),
      "reply",
      "504 5.5.4 not that",
    );
    assertEquals(tried.join(" "), expected);
  }
});

Deno.test("authMode sasl tries what there is by its strength, within TLS and with a certificate (RFC 5802 6, RFC 4422 A)", async () => {
  const { client } = await certificates();
  const rows: [ClientOptions, string][] = [
    [{}, "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"],
    [{ password: "", tls: { ...client } }, "EXTERNAL"],
    [{ token: "t", tls: { ...client }, mechanisms: ["EXTERNAL", "XOAUTH2"] }, "EXTERNAL XOAUTH2"],
  ];
  for (const [options, expected] of rows) {
    const tried: string[] = [];
    await assertSmtpError(() => secureLogin(["", ALL], refuseAll(tried), options), "reply", "504");
    assertEquals(tried.join(" "), expected);
  }
});

Deno.test("the default authMode follows what is set", () => {
  const rows: [ClientOptions, AuthMode][] = [
    [{}, AuthMode.none],
    [{ username: "ada" }, AuthMode.default],
    [{ token: "t" }, AuthMode.sasl],
    [{ username: "ada", token: () => "t" }, AuthMode.sasl],
    [{ username: "ada", mechanisms: ["PLAIN"] }, AuthMode.sasl],
    [{ token: "t", authMode: AuthMode.none }, AuthMode.none],
    [{ token: null, mechanisms: null, authzid: null }, AuthMode.none],
  ];
  for (const [options, mode] of rows) assertEquals(new Client(options).authMode, mode);
});

Deno.test("token, authzid and mechanisms are checked when they are set, and a token is not shown", () => {
  const rows: [ClientOptions, string][] = [
    [{ token: "se\r\ncret" }, '"token": must not hold line ends'],
    [{ token: 7 as unknown as string }, '"token": must be a string, got number'],
    [{ authzid: "a\nb" }, '"authzid": must not hold line ends'],
    [{ mechanisms: [] }, '"mechanisms": must be a list of at least one'],
    [{ mechanisms: "PLAIN" as unknown as string[] }, '"mechanisms": must be a list'],
    [{ mechanisms: ["NTLM"] }, '"mechanisms": known are'],
  ];
  for (const [options, problem] of rows) {
    const error = assertThrows(() => new Client(options), TypeError, problem);
    assert(!error.message.includes("cret"));
  }
});

Deno.test("authenticate() says what is missing to use any mechanism", async () => {
  const rows: [ClientOptions, string][] = [
    [{ username: "", password: "" }, 'set "username" first'],
    [{ mechanisms: ["OAUTHBEARER", "EXTERNAL"] }, "OAUTHBEARER, EXTERNAL need another"],
    [{ authzid: "eve", mechanisms: ["LOGIN"] }, "LOGIN need another"],
    [{ token: "two words", password: "" }, '"token" must be letters'],
  ];
  for (const [options, problem] of rows) {
    await assertRejects(() => login(ALL, () => Promise.resolve(), options), TypeError, problem);
  }
});

Deno.test("a mechanism of one's own is used where it is listed and offered (RFC 4422 3)", async () => {
  const own: SaslMechanism = {
    name: "X-NEW",
    plaintext: false,
    needs: "secret",
    client: ({ username, host, offered }) => ({
      initial: () => null,
      respond: (challenge) =>
        encodeUtf8(`${username} ${host} ${offered.length} ${challenge.length}`),
      complete: true,
    }),
    server: () => ({ next: () => Promise.resolve({ kind: "refused" }) }),
  };
  const accepted = await login("PLAIN X-NEW", async (peer) => {
    await peer.exchange("AUTH X-NEW", `334 ${btoa("abc")}`, btoa("ada 127.0.0.1 2 3"), "235 ok");
  }, { mechanisms: ["SCRAM-SHA-256", own, "PLAIN"] });
  assert(accepted);
});

/** A mechanism that says what it is given. */
function saying(initial: () => unknown, respond: () => unknown): SaslMechanism {
  return {
    name: "X-NEW",
    plaintext: false,
    needs: "secret",
    client: () => ({
      initial: initial as () => null,
      respond: respond as () => Uint8Array,
      complete: true,
    }),
    server: () => ({ next: () => Promise.resolve({ kind: "refused" }) }),
  };
}

Deno.test("a mechanism of one's own that says no octets is told so, and its exchange is called off (RFC 4954 4)", async () => {
  for (const said of ["text", undefined, [1]]) {
    const first = (): Promise<boolean> =>
      login("X-NEW", () => Promise.resolve(), { mechanisms: [saying(() => said, () => said)] });
    await assertRejects(first, TypeError, "a response of X-NEW must be a Uint8Array");
    const second = (): Promise<boolean> =>
      login(
        "X-NEW",
        (peer) => peer.exchange("AUTH X-NEW", "334 YWJj", "*", "501 5.7.0 cancelled"),
        { mechanisms: [saying(() => null, () => said)] },
      );
    await assertRejects(second, TypeError, "a response of X-NEW must be a Uint8Array");
  }
});

Deno.test("a mechanism of one's own that never answers is waited for no longer than for the signal, or the server", async () => {
  const never = (): Promise<never> => new Promise(() => {});
  const rows: [SaslMechanism, Script][] = [
    [saying(never, never), () => Promise.resolve()],
    [saying(() => null, never), (peer) => peer.exchange("AUTH X-NEW", "334 YWJj")],
  ];
  for (const [mechanism, script] of rows) {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet("AUTH X-NEW");
      await script(peer);
      peer.close();
    });
    await using client = plainClient(server.port, { ...ADA, mechanisms: [mechanism] });
    await client.connect();
    await assertSmtpError(() => client.authenticate(), "connection");
  }
});

Deno.test("authzid goes out by PLAIN (RFC 4616 2, S81)", async () => {
  const accepted = await login("LOGIN PLAIN", async (peer) => {
    await peer.exchange(`AUTH PLAIN ${btoa("eve\0ada\0analytical")}`, "235 ok");
  }, { authzid: "eve" });
  assert(accepted);
});

const CRAM = ["AUTH CRAM-MD5", `334 ${btoa("<1@mx>")}`, `${btoa("ada ").slice(0, 4)}*`] as const;

Deno.test("after 535 to a proof the password follows within TLS that was verified, once (RFC 4954 4, C21)", async () => {
  for (const last of ["235 2.7.0 yes", "535 5.7.8 no"]) {
    const accepted = await secureLogin(["", "CRAM-MD5 PLAIN LOGIN"], async (peer) => {
      await peer.exchange(...CRAM, "535 5.7.8 no", PLAIN, last);
    });
    assertEquals(accepted, last.startsWith("235"));
  }
});

Deno.test("after 535 to a proof the password does not follow in clear, nor to a server that nobody has verified (C21, P14)", async () => {
  const script: Script = (peer) => peer.exchange(...CRAM, "535 5.7.8 no");
  assertEquals(await login("CRAM-MD5 PLAIN LOGIN", script), false);
  const options = { verifyServerCertificate: false, tls: { ca: [] } };
  assertEquals(await secureLogin(["", "CRAM-MD5 PLAIN LOGIN"], script, options), false);
});

Deno.test("after 535 nothing is tried that proves the same: no SCRAM after SCRAM, no LOGIN after PLAIN (C19, C21)", async () => {
  const accepted = await secureLogin(
    ["", "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"],
    async (peer) => {
      await peer.exchange("AUTH SCRAM-SHA-256 *", "535 5.7.8 no", PLAIN, "535 5.7.8 no");
    },
  );
  assertEquals(accepted, false);
});

const PLUS = "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 PLAIN";
const UNVERIFIED: ClientOptions = { verifyServerCertificate: false, tls: { ca: [] } };

Deno.test("a server that was verified and has no use for our channel binding gets a proof without one, before a password (RFC 5802 6, RFC 9266 4.2, C21)", async () => {
  for (const no of ["535 5.7.8 channel binding?", "501 5.5.2 what"]) {
    for (const last of ["535 5.7.8 no", "504 5.5.4 not that"]) {
      const accepted = await secureLogin(["", PLUS], async (peer) => {
        await peer.exchange("AUTH SCRAM-SHA-256-PLUS *", no, "AUTH SCRAM-SHA-256 *", last);
        await peer.exchange(PLAIN, "235 ok");
      });
      assert(accepted);
    }
  }
});

Deno.test("a server that nobody has verified gets nothing without a binding once that has failed (RFC 5802 6, C21, P14)", async () => {
  const plus = "AUTH SCRAM-SHA-256-PLUS *";
  const rows: [string[], string | null][] = [
    [[plus, "535 5.7.8 no"], null],
    [[plus, "501 5.5.2 what"], "501 5.5.2 what"],
    [[plus, "504 5.5.4 not that", "AUTH SCRAM-SHA-1-PLUS *", "534 5.7.9 nor that"], "534 5.7.9"],
  ];
  for (const [script, problem] of rows) {
    const run = (): Promise<boolean> =>
      secureLogin(["", PLUS], (peer) => peer.exchange(...script), UNVERIFIED);
    if (problem === null) assertEquals(await run(), false);
    else await assertSmtpError(run, "reply", problem);
  }
});

Deno.test("a server that closes after 535 has refused the credentials, whatever else might be tried (RFC 4954 9, C15)", async () => {
  for (const words of ["", "\r\n421 4.7.0 too many"]) {
    const accepted = await secureLogin(["", "CRAM-MD5 PLAIN"], async (peer) => {
      await peer.exchange(...CRAM, `535 5.7.8 no${words}`);
      peer.close();
    });
    assertEquals(accepted, false);
  }
});

Deno.test("a server that offers less within TLS than before is refused (RFC 4954 4)", async () => {
  const rows: [string, string, string][] = [
    ["SCRAM-SHA-256 PLAIN", "PLAIN LOGIN", "got PLAIN instead of SCRAM-SHA-256"],
    ["CRAM-MD5", "LOGIN", "got LOGIN instead of CRAM-MD5"],
    ["SCRAM-SHA-256 SCRAM-SHA-1", "SCRAM-SHA-1", "got SCRAM-SHA-1 instead of SCRAM-SHA-256"],
  ];
  for (const [before, after, problem] of rows) {
    const run = (): Promise<boolean> => secureLogin([before, after], () => Promise.resolve());
    await assertSmtpError(run, "auth", problem);
  }
});

Deno.test("a server that offers other things within TLS, none of them weaker, is not (RFC 4954 4, #129)", async () => {
  const script: Script = (peer) => peer.exchange(PLAIN, "235 ok");
  const rows: [string, string, ClientOptions][] = [
    ["", "PLAIN", {}],
    ["LOGIN", "PLAIN", {}],
    ["PLAIN LOGIN", "PLAIN", {}],
    ["OAUTHBEARER X-NEW", "PLAIN", {}],
    ["CRAM-MD5", "PLAIN", { mechanisms: ["PLAIN", "CRAM-MD5"] }],
    ["CRAM-MD5", "PLAIN", { authMode: AuthMode.default }],
  ];
  for (const [before, after, options] of rows) {
    assert(await secureLogin([before, after], script, options), before);
  }
  // LOGIN shows no more than PLAIN.
  const byLogin: Script = async (peer) => {
    await peer.exchange("AUTH LOGIN", "334 VXNlcm5hbWU6", btoa("ada"), "334 UGFzc3dvcmQ6");
    await peer.exchange(btoa("analytical"), "235 ok");
  };
  assert(await secureLogin(["PLAIN LOGIN", "LOGIN"], byLogin));
});
