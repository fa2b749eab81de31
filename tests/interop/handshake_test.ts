/** Our client meets servers of OpenSSL and GnuTLS whose certificates or versions are not right. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { type Client, type ClientOptions, EncryptMode, SmtpError } from "@infinity/smtp/client";
import { certificates, type TestCertificates } from "../helpers/certificates.ts";
import { findProgram, programTest, temporaryFolder } from "../helpers/programs.ts";
import { listenOnFreePort, RunningProgram } from "../helpers/running_program.ts";
import { localClient } from "./_client.ts";
import { startTlsFront } from "./_front.ts";

const openssl = findProgram("openssl");
const gnutls = findProgram("gnutls-serv");

interface TlsServer extends AsyncDisposable {
  port: number;
  program: RunningProgram;
}

interface PemFiles extends AsyncDisposable {
  certFile: string;
  keyFile: string;
}

async function pemFiles(kind: keyof TestCertificates): Promise<PemFiles> {
  const { [kind]: { cert, key } } = await certificates();
  const folder = await temporaryFolder();
  return {
    certFile: await folder.write("cert.pem", cert),
    keyFile: await folder.write("key.pem", key),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** An s_server; what is written to its standard input goes to the client. */
async function sServer(kind: keyof TestCertificates, ...args: string[]): Promise<TlsServer> {
  await using files = await pemFiles(kind);
  const program = new RunningProgram(openssl, [
    ...["s_server", "-accept", "127.0.0.1:0", "-cert", files.certFile, "-key", files.keyFile],
    ...args,
  ]);
  try {
    const line = await program.line(/^ACCEPT 127\.0\.0\.1:\d+$/);
    const port = Number(line.slice(line.lastIndexOf(":") + 1));
    return { port, program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

const IMPLICIT: ClientOptions = { encryptMode: EncryptMode.implicitTls };

/** What is wrong with the server's certificate, and what the error must say of it. */
const WRONG: ReadonlyArray<[string, keyof TestCertificates, RegExp]> = [
  ["expired", "expired", /expired/],
  ["not valid yet", "notYet", /not.*yet/],
  ["self-signed", "selfSigned", /self-signed/],
  ["of another name", "wrongName", /127\.0\.0\.1/],
  ["of an unknown authority", "rogueServer", /authority|issuer/],
];

for (const [what, kind, text] of WRONG) {
  programTest(
    `the client refuses an s_server whose certificate is ${what}`,
    [openssl],
    async () => {
      await using server = await sServer(kind);
      await using client = await localClient(server.port, IMPLICIT);
      const error = await assertRejects(() => client.connect(), SmtpError);
      assertEquals([error.kind, error.temporary, client.connected], ["tls", false, false]);
      assertMatch(error.message, text);
    },
  );

  programTest(
    `the client takes an s_server whose certificate is ${what}, if told to`,
    [openssl],
    async () => {
      await using server = await sServer(kind);
      await using client = await localClient(server.port, {
        ...IMPLICIT,
        verifyServerCertificate: false,
      });
      await session(server, client);
    },
  );
}

/** A whole session, the server's half by hand. */
async function session({ program }: TlsServer, client: Client): Promise<void> {
  const connecting = client.connect();
  await program.write("220 s_server.test ESMTP\r\n");
  await program.line(/^EHLO client\.test$/);
  await program.write("250 s_server.test\r\n");
  await connecting;
  assert(client.connected);
  const leaving = client.disconnect();
  await program.line(/^QUIT$/);
  await program.write("221 2.0.0 bye\r\n");
  await leaving;
}

programTest("the client takes an s_server whose certificate is right", [openssl], async () => {
  await using server = await sServer("server");
  await using client = await localClient(server.port, IMPLICIT);
  await session(server, client);
});

/** Which versions meet: those of s_server, the client's, and whether they agree. */
const VERSIONS: ReadonlyArray<[string, string[], ClientOptions["tls"], RegExp | null]> = [
  ["TLS 1.2 alone", ["-tls1_2"], {}, null],
  ["TLS 1.3 alone", ["-tls1_3"], {}, null],
  ["TLS 1.2 alone, where 1.3 is wanted", ["-tls1_2"], { minVersion: "TLSv1.3" }, /version/],
  ["TLS 1.3 alone, where 1.2 is wanted", ["-tls1_3"], { maxVersion: "TLSv1.2" }, /version/],
  ["TLS 1.1 alone", ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], {}, /version/],
];

for (const [what, args, tls, text] of VERSIONS) {
  programTest(`the client meets an s_server with ${what}`, [openssl], async () => {
    await using server = await sServer("server", ...args);
    const { ca } = await certificates();
    await using client = await localClient(server.port, {
      ...IMPLICIT,
      tls: { ca: ca.cert, ...tls },
    });
    if (text === null) return await session(server, client);
    const error = await assertRejects(() => client.connect(), SmtpError);
    assertEquals(error.kind, "tls");
    assertMatch(error.message, text);
  });
}

const TLS_1_2 = "NORMAL:-VERS-ALL:+VERS-TLS1.2";

/** The options, gnutls-serv's priorities, and whether the client goes on. */
const RENEGOTIATION: ReadonlyArray<[string, ClientOptions, string, boolean]> = [
  ["without secure renegotiation", {}, `${TLS_1_2}:%DISABLE_SAFE_RENEGOTIATION`, false],
  [
    "without secure renegotiation, by allowUnsafeLegacyRenegotiation",
    { allowUnsafeLegacyRenegotiation: true },
    `${TLS_1_2}:%DISABLE_SAFE_RENEGOTIATION`,
    true,
  ],
  [
    "without secure renegotiation, by useLegacyServerConnect",
    { useLegacyServerConnect: true },
    `${TLS_1_2}:%DISABLE_SAFE_RENEGOTIATION`,
    true,
  ],
  ["with secure renegotiation", {}, TLS_1_2, true],
  ["with TLS 1.3, which has none", {}, "NORMAL:%DISABLE_SAFE_RENEGOTIATION", true],
];

for (const [what, options, priority, taken] of RENEGOTIATION) {
  const verdict = taken ? "takes" : "refuses";
  programTest(`the client ${verdict} a gnutls-serv ${what} (RFC 5746)`, [gnutls], async () => {
    await using files = await pemFiles("server");
    await using server = await listenOnFreePort(gnutls, (port) => [
      ...["--echo", "--crlf", "--disable-client-cert", "--port", String(port), "--priority"],
      ...[priority, "--x509certfile", files.certFile, "--x509keyfile", files.keyFile],
    ]);
    await using front = startTlsFront(server.port);
    await using client = await localClient(front.port, options);
    const error = await assertRejects(() => client.connect(), SmtpError);
    assertEquals(error.kind, taken ? "protocol" : "tls", error.message);
    // Where TLS is taken, gnutls-serv echoes what the client says over it, which is no reply.
    assertStringIncludes(
      error.message,
      taken ? "EHLO client.test" : "allowUnsafeLegacyRenegotiation",
    );
  });
}

programTest("the client refuses gnutls-serv by implicit TLS too (RFC 5746)", [gnutls], async () => {
  await using files = await pemFiles("server");
  await using server = await listenOnFreePort(gnutls, (port) => [
    ...["--echo", "--disable-client-cert", "--port", String(port)],
    ...["--priority", `${TLS_1_2}:%DISABLE_SAFE_RENEGOTIATION`],
    ...["--x509certfile", files.certFile, "--x509keyfile", files.keyFile],
  ]);
  await using client = await localClient(server.port, IMPLICIT);
  const error = await assertRejects(() => client.connect(), SmtpError);
  assertEquals(error.kind, "tls");
  assertStringIncludes(error.message, "useLegacyServerConnect");
});
