/** TLS 1.0 and 1.1 with OpenSSL and GnuTLS, as the oldest devices speak them. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Client, type ClientOptions, EncryptMode, SmtpError } from "@infinity/smtp/client";
import { rsaCertificates } from "../helpers/certificates.ts";
import { findProgram, programTest, run, temporaryFolder } from "../helpers/programs.ts";
import { listenOnFreePort, RunningProgram } from "../helpers/running_program.ts";
import { logging } from "../helpers/logs.ts";
import { localClient } from "./_client.ts";
import { startTlsFront } from "./_front.ts";
import { assertSameOctets, EIGHT_BIT } from "./_messages.ts";
import { recorder } from "./_server.ts";

const openssl = findProgram("openssl");
const gnutls = findProgram("gnutls-serv");

/** What OpenSSL 3 must be told before it speaks them, with a server that cannot renegotiate. */
const OLD = ["-cipher", "ALL:@SECLEVEL=0", "-legacy_server_connect"];

const VERSIONS: ReadonlyArray<[flag: string, version: "TLSv1" | "TLSv1.1"]> = [
  ["-tls1", "TLSv1"],
  ["-tls1_1", "TLSv1.1"],
];

interface PemFiles extends AsyncDisposable {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

async function pemFiles(): Promise<PemFiles> {
  const { server, ca } = await rsaCertificates();
  const folder = await temporaryFolder();
  return {
    certFile: await folder.write("cert.pem", server.cert),
    keyFile: await folder.write("key.pem", server.key),
    caFile: await folder.write("ca.pem", ca.cert),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

for (const [flag, version] of VERSIONS) {
  for (const implicit of [true, false]) {
    const how = implicit ? "implicit TLS" : "STARTTLS";
    programTest(
      `s_client ${flag} sends to our server with tls.legacy: ${how} (RFC 8996, #211)`,
      [openssl],
      async () => {
        const { server: rsa } = await rsaCertificates();
        await using files = await pemFiles();
        await using server = await recorder({ tls: { ...rsa, legacy: true, implicit } });
        await using client = new RunningProgram(openssl, [
          ...[
            "s_client",
            "-quiet",
            "-crlf",
            "-connect",
            `127.0.0.1:${server.port}`,
            flag,
            ...OLD,
          ],
          ...["-CAfile", files.caFile, "-verify_return_error", "-verify_hostname", "mail.test"],
          ...(implicit ? [] : ["-starttls", "smtp", "-name", "client.test"]),
        ]);
        if (implicit) await client.line(/^220 mail\.test ESMTP$/);
        await client.write("EHLO client.test\n");
        await client.line(/^250 /);
        await client.write("MAIL FROM:<ada@example.org>\n");
        await client.line(/^250 2\.1\.0 /);
        await client.write("RCPT TO:<bob@example.org>\n");
        await client.line(/^250 2\.1\.5 /);
        await client.write("DATA\n");
        await client.line(/^354 /);
        await client.write(linesOf(EIGHT_BIT.bytes));
        await client.write(".\n");
        await client.line(/^250 2\.0\.0 /);
        await client.write("QUIT\n");
        await client.line(/^221 /);
        assertEquals(server.mail[0]?.protocol, version);
        assertSameOctets(server.mail[0].raw, EIGHT_BIT.bytes);
        assertEquals(server.faults, []);
      },
    );
  }
}

/** `-crlf` puts the CR back. */
function linesOf(bytes: Uint8Array): Uint8Array {
  return bytes.filter((octet) => octet !== 0x0d);
}

programTest(
  "s_client that has fallen back to TLS 1.1 is told not to by our server (RFC 7507 3)",
  [openssl],
  async () => {
    const { server: rsa } = await rsaCertificates();
    await using server = await recorder({ tls: { ...rsa, legacy: true, implicit: true } });
    const connect = ["s_client", "-connect", `127.0.0.1:${server.port}`, ...OLD];
    const { code, output } = await run(openssl, [...connect, "-tls1_1", "-fallback_scsv"]);
    assert(code !== 0, output);
    assertStringIncludes(output, "inappropriate fallback");
    const least = await recorder({
      minProtocol: 3,
      tls: { ...rsa, legacy: true, implicit: true },
    });
    await using _ = least;
    const refused = await run(openssl, [
      ...["s_client", "-connect", `127.0.0.1:${least.port}`, ...OLD, "-tls1"],
    ]);
    assert(refused.code !== 0, refused.output);
    assertStringIncludes(refused.output, "alert protocol version");
  },
);

/** A whole session with an s_server, its half by hand. */
async function session(program: RunningProgram, client: Client): Promise<void> {
  const connecting = client.connect();
  await program.write("220 s_server.test ESMTP\r\n");
  await program.line(/^EHLO client\.test$/);
  await program.write("250 s_server.test\r\n");
  await connecting;
  const leaving = client.disconnect();
  await program.line(/^QUIT$/);
  await program.write("221 2.0.0 bye\r\n");
  await leaving;
}

async function withServer(
  flag: string,
  options: ClientOptions,
  use: (program: RunningProgram, client: Client) => Promise<void>,
): Promise<void> {
  await using files = await pemFiles();
  await using program = new RunningProgram(openssl, [
    ...["s_server", "-accept", "127.0.0.1:0", "-cert", files.certFile, "-key", files.keyFile],
    ...[flag, "-cipher", "ALL:@SECLEVEL=0"],
  ]);
  const line = await program.line(/^ACCEPT 127\.0\.0\.1:\d+$/);
  const port = Number(line.slice(line.lastIndexOf(":") + 1));
  const { ca } = await rsaCertificates();
  await using client = await localClient(port, {
    encryptMode: EncryptMode.implicitTls,
    ...options,
    tls: { ca: ca.cert, legacy: true, ...options.tls },
  });
  await use(program, client);
}

for (const [flag, version] of VERSIONS) {
  programTest(
    `the client with tls.legacy meets an s_server ${flag} (#211)`,
    [openssl],
    async () => {
      await withServer(flag, {}, async (program, client) => await session(program, client));
    },
  );

  programTest(
    `the client with tls.legacy refuses the certificate of an s_server ${flag} for another host (#212)`,
    [openssl],
    async () => {
      await withServer(flag, { tls: { servername: "other.test" } }, async (_, client) => {
        const error = await assertRejects(() => client.connect(), SmtpError);
        assertEquals([error.kind, client.connected], ["tls", false], version);
        assertStringIncludes(error.message, "another name");
      });
    },
  );
}

Deno.test("our client says in the log that it has connected to our server by TLS 1.0 or 1.1 (RFC 8996, #211)", async () => {
  const { server: rsa, ca } = await rsaCertificates();
  await using server = await recorder({ tls: { ...rsa, legacy: true } });
  const warnings = async (tls: ClientOptions["tls"]): Promise<string[]> =>
    await logging(async (records) => {
      const options = { encryptMode: EncryptMode.startTls, useLegacyServerConnect: true };
      await using client = await localClient(server.port, {
        ...options,
        tls: { ca: ca.cert, ...tls },
      });
      await client.connect();
      return records.filter(({ level }) => level === "warning").map(({ text }) => text);
    });
  for (const [, version] of VERSIONS) {
    const loud = `Connected by ${version}, which is broken (RFC 8996): tls.legacy is true`;
    assertEquals(await warnings({ legacy: true, maxVersion: version }), [loud]);
  }
  assertEquals(await warnings({}), []);
});

programTest(
  "the client that wants TLS 1.1 refuses an s_server with TLS 1.0 alone (#211)",
  [openssl],
  async () => {
    await withServer("-tls1", { tls: { minVersion: "TLSv1.1" } }, async (_, client) => {
      const error = await assertRejects(() => client.connect(), SmtpError);
      assertEquals(error.kind, "tls");
      assertStringIncludes(error.message, "no TLS version in common");
    });
  },
);

const OLD_GNUTLS = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0:+RSA";

for (
  const [safe, options, taken] of [
    [true, {}, true],
    [false, {}, false],
    [false, { useLegacyServerConnect: true }, true],
  ] as [boolean, ClientOptions, boolean][]
) {
  const what = `a gnutls-serv of TLS 1.1 ${safe ? "with" : "without"} secure renegotiation${
    Object.keys(options).map((name) => `, by ${name}`).join()
  }`;
  programTest(
    `the client with tls.legacy ${taken ? "takes" : "refuses"} ${what} (RFC 5746 3.4)`,
    [gnutls],
    async () => {
      await using files = await pemFiles();
      const priority = safe ? OLD_GNUTLS : `${OLD_GNUTLS}:%DISABLE_SAFE_RENEGOTIATION`;
      await using server = await listenOnFreePort(gnutls, (port) => [
        ...["--echo", "--crlf", "--disable-client-cert", "--port", String(port), "--priority"],
        ...[priority, "--x509certfile", files.certFile, "--x509keyfile", files.keyFile],
      ]);
      await using front = startTlsFront(server.port);
      const { ca } = await rsaCertificates();
      const tls = { ca: ca.cert, legacy: true };
      await using client = await localClient(front.port, { ...options, tls });
      const error = await assertRejects(() => client.connect(), SmtpError);
      assertEquals(error.kind, taken ? "protocol" : "tls", error.message);
      // Where TLS is taken, gnutls-serv echoes what the client says over it, which is no reply.
      assertStringIncludes(
        error.message,
        taken ? "EHLO client.test" : "allowUnsafeLegacyRenegotiation",
      );
    },
  );
}
