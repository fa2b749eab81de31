/** Mechanisms past PLAIN, LOGIN and CRAM-MD5: programs of others log in to our server by them. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { AuthMode, Client, type ClientOptions, EncryptMode } from "@infinity/smtp/client";
import type { ServerOptions } from "@infinity/smtp/server";
import { MECHANISMS } from "../../session/sasl/mod.ts";
import { certificates } from "../helpers/certificates.ts";
import {
  findProgram,
  findPython,
  type Program,
  programTest,
  type Ran,
  run,
} from "../helpers/programs.ts";
import { assertSameOctets, PLAIN } from "./_messages.ts";
import { ASCII_PASSWORD, PASSWORD, type Recorder, recorder, USER } from "./_server.ts";

const curl = findProgram("curl");
const python = findPython("smtplib");
const script = new URL("python/oauth.py", import.meta.url);

const TOKEN = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";

/** Options that let one user in, by a token, by a proof of the password or by a certificate. */
async function withLogin(...mechanisms: readonly string[]): Promise<ServerOptions> {
  const { ca } = await certificates();
  const options: ServerOptions = {
    auth: { mechanisms },
    onLogin(session): void {
      const { token, tls, username } = session;
      if (session.mechanism.startsWith("SCRAM")) {
        session.secret = ASCII_PASSWORD;
      } else if (session.mechanism === "EXTERNAL") {
        session.authenticated = tls?.peerCertificate?.subject === `CN=${username}`;
      } else session.authenticated = token === TOKEN && username === "ada@example.org";
    },
  };
  return mechanisms.includes("EXTERNAL")
    ? { ...options, tls: { rootCert: ca.cert, verify: false } }
    : options;
}

async function send(server: Recorder, mechanism: string, ...args: string[]): Promise<Ran> {
  const file = await server.folder.write("message.eml", PLAIN.bytes);
  return await run(curl, [
    ...["--silent", "--show-error", "--verbose", "--cacert", server.caFile, "--noproxy", "*"],
    ...["--url", `smtp://127.0.0.1:${server.port}/client.test`, "--ssl-reqd"],
    ...["--upload-file", file, "--mail-from", USER, "--mail-rcpt", "bob@example.org"],
    ...["--login-options", `AUTH=${mechanism}`, ...args],
  ]);
}

for (const mechanism of ["OAUTHBEARER", "XOAUTH2"]) {
  for (const ir of [[], ["--sasl-ir"]]) {
    programTest(
      `curl logs in to our server by ${mechanism}${
        ir.length > 0 ? ", initial response" : ""
      } (RFC 7628 3)`,
      [curl],
      async () => {
        await using server = await recorder(await withLogin(mechanism));
        const args = ["--user", `${USER}:`, "--oauth2-bearer", TOKEN, ...ir];
        const { code, output } = await send(server, mechanism, ...args);
        assertEquals([code, server.mail[0]?.mechanism], [0, mechanism], output);
        assertSameOctets(server.mail[0].raw, PLAIN.bytes);
        assertEquals(server.faults, []);
      },
    );
  }
  programTest(
    `curl is told by our server that a token does not hold: ${mechanism} (RFC 7628 3.2.3, C21)`,
    [curl],
    async () => {
      await using server = await recorder(await withLogin(mechanism));
      const args = ["--user", `${USER}:`, "--oauth2-bearer", "expired", "--sasl-ir"];
      const { code, output } = await send(server, mechanism, ...args);
      assertStringIncludes(output, "< 334 ");
      // Curl does not wait for more than the error of XOAUTH2.
      if (mechanism === "OAUTHBEARER") assertStringIncludes(output, "535 5.7.8");
      assertEquals([code, server.mail.length, server.faults], [67, 0, []], output);
    },
  );
  programTest(
    `smtplib logs in to our server by ${mechanism} (RFC 7628 3, C21)`,
    [python],
    async () => {
      await using server = await recorder(await withLogin(mechanism));
      for (
        const [token, expected] of [
          ["expired", [535, "5.7.8 Authentication credentials are invalid"]],
          [TOKEN, [235, "2.7.0 Authentication succeeded"]],
        ] as const
      ) {
        const order = {
          port: server.port,
          caFile: server.caFile,
          mechanism,
          username: USER,
          token,
        };
        const { code, stdout, output } = await run(python, [script.pathname], {
          input: JSON.stringify(order),
        });
        assertEquals(code, 0, output);
        assertEquals(JSON.parse(stdout), expected);
      }
      assertEquals(server.faults, []);
    },
  );
}

programTest("curl logs in to our server by EXTERNAL, with its certificate (RFC 4422 A, N18)", [
  curl,
], async () => {
  const { client } = await certificates();
  await using server = await recorder(await withLogin("EXTERNAL"));
  const cert = await server.folder.write("client.pem", client.cert);
  const key = await server.folder.write("client.key", client.key);
  const args = ["--user", `${USER}:`, "--cert", cert, "--key", key];
  const { code, output } = await send(server, "EXTERNAL", ...args);
  assertEquals([code, server.mail[0]?.mechanism], [0, "EXTERNAL"], output);
  const eve = ["--user", "eve@example.org:", "--cert", cert, "--key", key];
  const refused = await send(server, "EXTERNAL", ...eve);
  assertStringIncludes(refused.output, "535 5.7.8");
  const nobody = await send(server, "EXTERNAL", "--user", `${USER}:`);
  // Nobody is offered EXTERNAL without a certificate, so that curl goes on without a login.
  assertEquals([refused.code, nobody.code, server.mail.length], [67, 55, 1], nobody.output);
  assertEquals(server.faults, []);
});

/** Curl, where it was built with GNU SASL, without which it has no SCRAM. */
function withScram(program: Program): Program {
  if (program.missing !== null) return program;
  const { stdout } = new Deno.Command(program.path, { args: ["--version"] }).outputSync();
  const has = new TextDecoder().decode(stdout).includes("gsasl");
  return { ...program, missing: has ? null : "this curl was built without GNU SASL" };
}

const scramCurl = withScram(curl);

for (const mechanism of ["SCRAM-SHA-1", "SCRAM-SHA-256"]) {
  programTest(`curl logs in to our server by ${mechanism} (RFC 5802 3)`, [scramCurl], async () => {
    await using server = await recorder(await withLogin(mechanism));
    const { code, output } = await send(server, mechanism, "--user", `${USER}:${ASCII_PASSWORD}`);
    assertEquals([code, server.mail[0]?.mechanism], [0, mechanism], output);
  });
}

const SUBJECT = "ada@example.org";

for (const mechanism of MECHANISMS.map(({ name }) => name)) {
  Deno.test(`our client logs in to our server by ${mechanism}, within TLS, and is refused with what does not hold`, async () => {
    const { ca, client: pair } = await certificates();
    await using server = await recorder({
      auth: { mechanisms: [mechanism] },
      limits: { failedLogins: 10 },
      tls: { rootCert: ca.cert, verify: false },
      onLogin(session): void {
        const { password, token, tls, username } = session;
        if (session.mechanism === "EXTERNAL") {
          session.authenticated = tls?.peerCertificate?.subject === `CN=${username}`;
        } else if (token !== null) session.authenticated = token === TOKEN && username === SUBJECT;
        else if (password !== null) session.authenticated = password === PASSWORD;
        else session.secret = PASSWORD;
      },
    });
    const right: ClientOptions = { username: SUBJECT, password: PASSWORD, token: TOKEN };
    const wrong: ClientOptions = { username: "eve@example.org", password: "x", token: "x" };
    for (const [account, holds] of [[right, true], [wrong, false]] as const) {
      await using client = new Client({
        ...{ host: "127.0.0.1", port: server.port, encryptMode: EncryptMode.startTls },
        ...{ authMode: AuthMode.sasl, tls: { ca: ca.cert, ...pair }, ...account },
      });
      await client.connect();
      assertEquals(client.server?.extensions.get("AUTH"), [mechanism]);
      assertEquals(await client.authenticate(), holds);
      if (holds) {
        await client.sendMail("From: ada@example.org\r\nTo: bob@example.org\r\n\r\nHello\r\n");
      }
    }
    assertEquals(server.mail.map((mail) => mail.mechanism), [mechanism]);
    assertEquals(server.faults, []);
  });
}

Deno.test("our client takes the strongest of all that our server has (RFC 5802 6, RFC 7677)", async () => {
  await using server = await recorder(await withLogin(...MECHANISMS.map(({ name }) => name)));
  const { ca } = await certificates();
  await using client = new Client({
    ...{ host: "127.0.0.1", port: server.port, encryptMode: EncryptMode.startTls },
    ...{ username: USER, password: ASCII_PASSWORD, token: TOKEN, tls: { ca: ca.cert } },
  });
  await client.connect();
  assert(await client.authenticate());
  await client.sendMail("From: ada@example.org\r\nTo: bob@example.org\r\n\r\nHello\r\n");
  assertEquals(server.mail[0].mechanism, "SCRAM-SHA-256-PLUS");
});
