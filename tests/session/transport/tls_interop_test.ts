import { assert, assertEquals, assertRejects, assertStringIncludes, fail } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import type { Channel } from "../../../session/transport/channel.ts";
import { connectTcp, tcpChannel } from "../../../session/transport/tcp.ts";
import {
  type ClientTlsOptions,
  type ServerTlsOptions,
  upgradeClient,
  upgradeServer,
} from "../../../session/transport/tls.ts";
import { certificates, type TestCertificates } from "../../helpers/certificates.ts";
import { clientOptions, hasProgram, octets, readText, serverOptions } from "./_channels.ts";

const OPENSSL = await hasProgram("openssl");
const GNUTLS = await hasProgram("gnutls-serv");

/** A test that is left out, and says so in its name, where a program is missing. */
function withProgram(there: boolean, program: string, name: string, fn: () => Promise<void>): void {
  const ignore = !there;
  Deno.test({ name: ignore ? `${name} (left out: no ${program} here)` : name, ignore, fn });
}

/** A program that runs until it is let go of. */
class Program {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: Promise<void>[];
  #seen = "";
  #wake: () => void = () => {};
  #over = false;

  constructor(name: string, args: readonly string[]) {
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#child = new Deno.Command(name, { args: [...args], ...pipes }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#output = [this.#child.stdout, this.#child.stderr].map((stream) => this.#collect(stream));
    Promise.all(this.#output).then(() => {
      this.#over = true;
      this.#wake();
    });
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const part of stream) {
      this.#seen += decoder.decode(part, { stream: true });
      this.#wake();
    }
  }

  async say(text: string): Promise<void> {
    await this.#stdin.write(octets(text));
  }

  /** What it has printed, once this is in it. */
  async until(text: string): Promise<string> {
    while (!this.#seen.includes(text)) {
      if (this.#over) fail(`ended without ${JSON.stringify(text)}: ${this.#seen}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#seen;
  }

  /** All that it prints until it ends by itself. */
  async end(): Promise<string> {
    await Promise.all(this.#output);
    return this.#seen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#stdin.abort().catch(() => {});
    await this.#child.status;
    await Promise.all(this.#output);
  }
}

/** A certificate in files, for programs. */
async function files(
  name: keyof TestCertificates = "server",
): Promise<{ cert: string; key: string; ca: string; session: string } & AsyncDisposable> {
  const { [name]: shown, ca } = await certificates();
  const folder = await Deno.makeTempDir();
  const paths = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem`, ca: `${folder}/ca.pem` };
  await Deno.writeTextFile(paths.cert, shown.cert);
  await Deno.writeTextFile(paths.key, shown.key);
  await Deno.writeTextFile(paths.ca, ca.cert);
  return {
    ...paths,
    session: `${folder}/session.pem`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Runs `openssl s_client` against our server. */
async function againstServer(
  args: readonly string[],
  options: ServerTlsOptions,
  run: (client: Program, server: Channel | Error) => Promise<void>,
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connect = `127.0.0.1:${listener.addr.port}`;
  await using client = new Program("openssl", ["s_client", "-connect", connect, ...args]);
  const raw = tcpChannel(await listener.accept());
  const server = await upgradeServer(raw, options).catch((error) => error);
  try {
    await run(client, server);
  } finally {
    if (!(server instanceof Error)) server.close();
  }
}

withProgram(
  OPENSSL,
  "openssl",
  "openssl s_client of TLS 1.1 is refused with an alert (#211, RFC 8996)",
  async () => {
    const args = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"];
    await againstServer(args, await serverOptions(), async (client, server) => {
      assert(server instanceof SmtpError && server.kind === "tls", String(server));
      assertStringIncludes(server.message, "version");
      assertStringIncludes(await client.end(), "alert protocol version");
    });
  },
);

for (const [flag, version] of [["-tls1_2", "TLSv1.2"], ["-tls1_3", "TLSv1.3"]]) {
  withProgram(
    OPENSSL,
    "openssl",
    `openssl s_client ${flag} talks to our server, and ends with close_notify`,
    async () => {
      await using paths = await files();
      const args = [flag, "-CAfile", paths.ca, "-verify_return_error", "-servername", "mail.test"];
      const checks = ["-verify_hostname", "mail.test", "-quiet", "-no_ign_eof"];
      await againstServer([...args, ...checks], await serverOptions(), async (client, server) => {
        if (server instanceof Error) throw server;
        assertEquals([server.tls?.protocol, server.tls?.servername], [version, "mail.test"]);
        await server.write(octets("220 mail.test ESMTP\r\n"));
        await client.until("220 mail.test ESMTP");
        await client.say("NOOP\n");
        assertEquals(await readText(server, 5), "NOOP\n");
        await server.write(octets("221 bye\r\n"));
        await server.closeWrite();
        assertStringIncludes(await client.end(), "221 bye");
        assertEquals(await server.read(), null);
      });
    },
  );
}

withProgram(
  OPENSSL,
  "openssl",
  "openssl s_client below the server's range is refused with an alert",
  async () => {
    const options = await serverOptions({ minVersion: "TLSv1.3" });
    await againstServer(["-tls1_2"], options, async (client, server) => {
      assert(server instanceof SmtpError, String(server));
      assertStringIncludes(await client.end(), "alert protocol version");
    });
  },
);

withProgram(
  OPENSSL,
  "openssl",
  "openssl s_client without a common ALPN protocol is refused with an alert",
  async () => {
    const options = await serverOptions({}, { alpn: ["smtp"] });
    await againstServer(["-alpn", "h2"], options, async (client, server) => {
      assert(server instanceof SmtpError, String(server));
      assertStringIncludes(server.message, "ALPN");
      assertStringIncludes(await client.end(), "alert no application protocol");
    });
  },
);

/** One visit of `openssl s_client` that keeps or brings along a session: what the server says of it, and what the client. */
async function visit(
  options: ServerTlsOptions,
  paths: { cert: string; key: string; session: string },
  how: readonly string[],
): Promise<{ verdict: string | null | undefined; output: string }> {
  let verdict: string | null | undefined = null;
  let output = "";
  const shown = ["-cert", paths.cert, "-key", paths.key];
  await againstServer([...shown, ...how, paths.session], options, async (client, server) => {
    if (server instanceof Error) {
      verdict = server.message;
    } else {
      verdict = server.tls?.authorizationError;
      await server.write(octets("220 ok\r\n"));
      await server.closeWrite();
    }
    output = await client.end();
  });
  return { verdict, output };
}

for (const version of ["-tls1_2", "-tls1_3"]) {
  withProgram(
    OPENSSL,
    "openssl",
    `a session is resumed with its certificate, ${version}, but not into the trust of another server`,
    async () => {
      const { ca, rogueCa } = await certificates();
      await using paths = await files("client");
      const required = { requestCert: true, rejectUnauthorized: true };
      const options = await serverOptions({ ca: [ca.cert] }, required);
      const first = await visit(options, paths, [version, "-sess_out"]);
      assertEquals(first.verdict, null);
      const again = await visit(options, paths, [version, "-sess_in"]);
      assertEquals(again.verdict, null);
      assertStringIncludes(again.output, "Reused, ");
      const asked = { requestCert: true, rejectUnauthorized: false };
      const other = await serverOptions({ ca: [rogueCa.cert] }, asked);
      await visit(options, paths, [version, "-sess_out"]);
      const elsewhere = await visit(other, paths, [version, "-sess_in"]);
      assert(typeof elsewhere.verdict === "string", "the client was trusted");
    },
  );

  for (const rejectUnauthorized of [true, false]) {
    const how = rejectUnauthorized ? "required" : "asked for";
    withProgram(
      OPENSSL,
      "openssl",
      `a certificate is ${how}: one that does not hold is not trusted in a resumed session either, ${version}`,
      async () => {
        const { ca } = await certificates();
        await using paths = await files("rogueClient");
        const options = await serverOptions({ ca: [ca.cert] }, {
          requestCert: true,
          rejectUnauthorized,
        });
        const first = await visit(options, paths, [version, "-sess_out"]);
        assertStringIncludes(first.verdict ?? "", "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
        // Turned away at once, the client may have had no session to keep.
        const kept = await Deno.stat(paths.session).then(() => true, () => false);
        const second = await visit(options, paths, [version, kept ? "-sess_in" : "-sess_out"]);
        assert(typeof second.verdict === "string", "the client was trusted");
        if (!rejectUnauthorized) assertStringIncludes(second.output, "Reused, ");
      },
    );
  }
}

/** Our client, and what it says to a server that echoes. */
async function echo(port: number, options: ClientTlsOptions): Promise<string | null> {
  const raw = await connectTcp({ host: "127.0.0.1", port, timeout: 10_000 });
  const channel = await upgradeClient(raw, options);
  await channel.write(octets("ABCD\n"));
  const text = await readText(channel, 5);
  const protocol = channel.tls?.protocol ?? null;
  channel.close();
  return `${protocol} ${text}`;
}

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  withProgram(
    OPENSSL,
    "openssl",
    `our client talks to openssl s_server, ${version} (RFC 5746 3.4)`,
    async () => {
      await using paths = await files();
      const args = ["s_server", "-accept", "127.0.0.1:0", "-cert", paths.cert, "-key", paths.key];
      await using server = new Program("openssl", [...args, "-rev"]);
      const banner = await server.until("ACCEPT 127.0.0.1:");
      const port = parseInt(banner.slice(banner.indexOf("ACCEPT 127.0.0.1:") + 17));
      const options = await clientOptions({ minVersion: version, maxVersion: version });
      assertEquals(await echo(port, options), `${version} DCBA\n`);
    },
  );
}

/** A gnutls server on a free port. */
async function gnutls(
  paths: { cert: string; key: string },
  priority: string,
): Promise<{ program: Program; port: number }> {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = probe.addr.port;
  probe.close();
  const files = ["--x509certfile", paths.cert, "--x509keyfile", paths.key];
  const how = ["--echo", "--priority", priority, "-p", String(port)];
  const program = new Program("gnutls-serv", [...files, ...how]);
  await program.until(`IPv4 0.0.0.0 port ${port}...done`);
  return { program, port };
}

const UNSAFE = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION";

withProgram(
  GNUTLS,
  "gnutls-serv",
  "a TLS 1.2 server without secure renegotiation is refused, unless an option lifts it (RFC 5746 4.1)",
  async () => {
    await using paths = await files();
    const { program, port } = await gnutls(paths, UNSAFE);
    await using _ = program;
    const raw = await connectTcp({ host: "127.0.0.1", port, timeout: 10_000 });
    const strict = await clientOptions();
    const error = await assertRejects(() => upgradeClient(raw, strict), SmtpError);
    assertEquals(error.kind, "tls");
    assertStringIncludes(error.message, '"useLegacyServerConnect"');
    assertStringIncludes(error.message, '"allowUnsafeLegacyRenegotiation"');
    const lifted = await clientOptions({ legacyRenegotiation: true });
    assertEquals(await echo(port, lifted), "TLSv1.2 ABCD\n");
  },
);

withProgram(
  GNUTLS,
  "gnutls-serv",
  "other servers than that are accepted (RFC 5746 3.4)",
  async () => {
    await using paths = await files();
    const safe = await gnutls(paths, "NORMAL:-VERS-ALL:+VERS-TLS1.2");
    await using _safe = safe.program;
    assertEquals(await echo(safe.port, await clientOptions()), "TLSv1.2 ABCD\n");
    // TLS 1.3 has no renegotiation, and its ServerHello no such extension.
    const newer = await gnutls(paths, "NORMAL:-VERS-ALL:+VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION");
    await using _newer = newer.program;
    assertEquals(await echo(newer.port, await clientOptions()), "TLSv1.3 ABCD\n");
  },
);
