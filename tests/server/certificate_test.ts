import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Protocol, Server } from "../../server/mod.ts";
import type { ServerOptions } from "../../server/options.ts";
import { certificates, type TestCertificate } from "../helpers/certificates.ts";
import { connectTo, play, testOptions } from "../helpers/dialogue.ts";
import { logging } from "../helpers/logs.ts";
import { ehlo, GREETED, HELO, QUIT } from "../helpers/transcripts.ts";

const SECURE = GREETED + ehlo({ startTls: true }) +
  "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n" + ehlo() + QUIT;

/** Writes a certificate's files into a directory of their own while `use` runs. */
async function withFiles(
  pair: TestCertificate,
  use: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await write(directory, pair);
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function write(directory: string, { cert, key }: TestCertificate): Promise<void> {
  await Deno.writeTextFile(`${directory}/cert.pem`, cert);
  await Deno.writeTextFile(`${directory}/key.pem`, key);
}

/** Why a server does not start. */
async function fault(options: ServerOptions): Promise<string> {
  const server = new Server(testOptions(options));
  const error = await assertRejects(() => server.start(), TypeError);
  assertEquals(server.addr, null);
  return error.message;
}

/** What a server that starts warns of. */
async function warnings(options: ServerOptions): Promise<string[]> {
  return await logging(async (records) => {
    const server = new Server(testOptions(options));
    await server.start();
    await server.stop();
    return records.filter(({ level }) => level === "warning").map(({ text }) => text);
  });
}

Deno.test("setCertificate() is what STARTTLS serves (spec: setCertificate)", async () => {
  const { server: own } = await certificates();
  await withFiles(own, async (directory) => {
    await using server = new Server(testOptions());
    server.setCertificate(`${directory}/cert.pem`, new URL(`file://${directory}/key.pem`));
    await server.start();
    await play(await connectTo(server), SECURE);
  });
});

Deno.test("setCertificate() takes the authorities of client certificates, and whether one is required (spec: setCertificate)", async () => {
  const { server: own, ca, client } = await certificates();
  await withFiles(own, async (directory) => {
    await Deno.writeTextFile(`${directory}/root.pem`, ca.cert);
    const names = [
      `${directory}/cert.pem`,
      `${directory}/key.pem`,
      `${directory}/root.pem`,
    ] as const;
    for (
      const [verify, shown, served] of [[undefined, client, true], [undefined, {}, false], [
        false,
        {},
        true,
      ], [true, {}, false]] as const
    ) {
      await using server = new Server(testOptions());
      server.setCertificate(...names, verify);
      await server.start();
      const outcome = await play(await connectTo(server), SECURE, { client: shown }).then(
        () => true,
        () => false,
      );
      assertEquals(outcome, served, `${verify}`);
    }
  });
});

Deno.test("setCertificate() keeps what the other TLS options say", async () => {
  const { server: own } = await certificates();
  await withFiles(own, async (directory) => {
    await using server = new Server(testOptions({ tls: { required: true } }));
    server.setCertificate(`${directory}/cert.pem`, `${directory}/key.pem`);
    await server.start();
    await play(
      await connectTo(server),
      `${GREETED}C: MAIL FROM:<>\nS: 530 5.7.0 Send STARTTLS first\n${QUIT}`,
    );
  });
});

Deno.test("what is wrong with a certificate is said by start(), not to the first client", async () => {
  const { server: own, renewed } = await certificates();
  assertStringIncludes(
    await fault({ tls: { certFile: "/nowhere/cert.pem", keyFile: "/nowhere/key.pem" } }),
    "/nowhere/cert.pem",
  );
  assertStringIncludes(
    await fault({ tls: { cert: own.cert, key: renewed.key } }),
    "it belongs to another certificate",
  );
  assertStringIncludes(
    await fault({ tls: { cert: "no certificate", key: own.key } }),
    "it holds no PEM certificate",
  );
  const key = await fault({ tls: { cert: own.cert, key: `${own.key.slice(0, 40)}garbage` } });
  assertStringIncludes(key, "it is no PEM key");
  assertEquals(key.includes(own.key.slice(0, 40)), false);
  assertStringIncludes(
    await fault({ tls: { ...own, certFile: "both.pem" } }),
    "give its text or its file, got both",
  );
  assertStringIncludes(
    await fault({ tls: { ...own, rootCert: "no certificate" } }),
    "root certificate",
  );
});

Deno.test("half a certificate is a mistake to tell of, not to serve in clear (P18)", async () => {
  const { server: own, ca } = await certificates();
  assertStringIncludes(
    await fault({ tls: { cert: own.cert } }),
    "Cannot load the private key: give its text or its file, got neither",
  );
  assertStringIncludes(
    await fault({ tls: { key: own.key } }),
    "Cannot load the certificate: give its text or its file, got neither",
  );
  assertStringIncludes(
    await fault({ tls: { rootCert: ca.cert } }),
    "Cannot load the certificate: give its text or its file, got neither",
  );
});

Deno.test("a certificate that clients will refuse is warned of", async () => {
  const { expired, notYet, server: own } = await certificates();
  assertStringIncludes((await warnings({ tls: expired })).join(), "has expired");
  assertStringIncludes((await warnings({ tls: notYet })).join(), "not valid before");
  assertEquals(await warnings({ tls: own }), []);
});

Deno.test("a range of versions that the runtime has in part is warned of once (RFC 8996)", async () => {
  const { server: own } = await certificates();
  const old = "This runtime has no TLS 1.0 and 1.1: clients that speak nothing newer are refused";
  assertEquals(await warnings({ tls: own, minProtocol: Protocol.tls1_0 }), [old]);
  assertEquals(await warnings({ tls: own, minProtocol: Protocol.tls1_1 }), [
    old.replace("1.0 and 1.1", "1.1"),
  ]);
  assertEquals(await warnings({ minProtocol: Protocol.tls1_0 }), []);
  const low = new Server(
    testOptions({ tls: own, minProtocol: Protocol.tls1_0, maxProtocol: Protocol.tls1_1 }),
  );
  await assertRejects(() => low.start(), RangeError, "RFC 8996");
});

Deno.test("logins that can never be, or that cross the network in clear, are warned of (P18)", async () => {
  const { server: own } = await certificates();
  const onLogin = (): void => {};
  const never = 'AUTH is never offered: there is no certificate, and auth.insecure is "never"';
  assertEquals(await warnings({ onLogin, auth: { insecure: "never" } }), [never]);
  assertEquals(await warnings({ onLogin, auth: { insecure: "never" }, tls: own, ssl: false }), [
    never,
  ]);
  assertEquals(await warnings({ onLogin, auth: { mechanisms: [] }, tls: own }), [
    "AUTH is never offered: auth.mechanisms is empty",
  ]);
  assertEquals(await warnings({ onLogin, auth: { insecure: "always" } }), [
    "Passwords cross the network in clear: set a certificate",
  ]);
  assertEquals(await warnings({ auth: { required: true } }), [
    "No mail can come: auth.required is true, but onLogin is not set",
  ]);
  assertEquals(await warnings({ onLogin, tls: own }), []);
  assertEquals(await warnings({ onLogin }), []);
});

Deno.test("reloadCertificate() serves new clients the new one, and leaves the old ones be (K9)", async () => {
  const { server: own, renewed, ca } = await certificates();
  await withFiles(own, async (directory) => {
    await using server = new Server(testOptions());
    server.setCertificate(`${directory}/cert.pem`, `${directory}/key.pem`);
    await server.start();
    const before = await play(await connectTo(server), SECURE);
    await write(directory, renewed);
    await server.reloadCertificate();
    const after = await play(await connectTo(server), SECURE);
    const prints = [before, after].map(({ tls }) => tls?.peerCertificate?.fingerprint256);
    assert(prints[0] !== undefined && prints[1] !== undefined && prints[0] !== prints[1]);
    await Deno.writeTextFile(`${directory}/key.pem`, ca.key);
    await assertRejects(
      () => server.reloadCertificate(),
      TypeError,
      "it belongs to another certificate",
    );
    const still = await play(await connectTo(server), SECURE);
    assertEquals(still.tls?.peerCertificate?.fingerprint256, prints[1]);
  });
});

Deno.test("reloadCertificate() without a server that runs, or without a certificate, says so", async () => {
  await using server = new Server(testOptions());
  await assertRejects(
    () => server.reloadCertificate(),
    Error,
    "Cannot reload the certificate: the server does not run",
  );
  await server.start();
  await assertRejects(
    () => server.reloadCertificate(),
    Error,
    "Cannot reload the certificate: none is set",
  );
  await play(await connectTo(server), HELO + QUIT);
});
