import { X509Certificate } from "node:crypto";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Protocol, Server } from "../../server/mod.ts";
import type { ServerOptions } from "../../server/options.ts";
import {
  certificates,
  issue,
  rsaCertificates,
  type TestCertificate,
} from "../helpers/certificates.ts";
import { connectTo, play, testOptions } from "../helpers/dialogue.ts";
import { logging } from "../helpers/logs.ts";
import { ehlo, GREETED, HELO, QUIT } from "../helpers/transcripts.ts";

const SECURE = GREETED + ehlo({ startTls: true }) +
  "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n" + ehlo({ secure: true }) + QUIT;

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
  let server: Server | null = null;
  const error = await assertRejects(async () => {
    server = new Server(testOptions(options));
    await server.start();
  }, TypeError);
  assertEquals((server as Server | null)?.addr ?? null, null);
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
  const old =
    "Without tls.legacy there is no TLS 1.0 and 1.1: clients that speak nothing newer are refused";
  assertEquals(await warnings({ tls: own, minProtocol: Protocol.tls1_0 }), [old]);
  assertEquals(await warnings({ tls: own, minProtocol: Protocol.tls1_1 }), [
    old.replace("1.0 and 1.1", "1.1"),
  ]);
  assertEquals(await warnings({ minProtocol: Protocol.tls1_0 }), []);
  const low = new Server(
    testOptions({ tls: own, minProtocol: Protocol.tls1_0, maxProtocol: Protocol.tls1_1 }),
  );
  await assertRejects(() => low.start(), RangeError, "(RFC 8996); set maxProtocol to");
  await assertRejects(() => low.start(), RangeError, '"tls.legacy" to true');
});

Deno.test("tls.legacy is said loudly, and what it cannot go with is said by start() (RFC 8996)", async () => {
  const { server: own, ca } = await certificates();
  const { server: rsa } = await rsaCertificates();
  const loud = "TLS 1.0 and 1.1 are served, which are broken (RFC 8996): tls.legacy is true";
  assertEquals(await warnings({ tls: { ...rsa, legacy: true } }), [loud]);
  const beside = { ...own, legacy: true, certificates: [{ ...rsa, names: [] }] };
  assertEquals(await warnings({ tls: beside }), [loud]);
  assertStringIncludes(
    await fault({ tls: { ...own, legacy: true } }),
    "a certificate with an RSA key",
  );
  assertStringIncludes(
    await fault({ tls: { ...rsa, legacy: true, rootCert: ca.cert } }),
    "use two listeners",
  );
  const contrary = new Server(
    testOptions({ tls: { ...rsa, legacy: true }, minProtocol: Protocol.tls1_2 }),
  );
  await assertRejects(() => contrary.start(), RangeError, "minProtocol is TLS 1.2");
});

Deno.test("what is wrong with a further certificate is said by start(), and which one it is (RFC 6066 3)", async () => {
  const { server: own, renewed, wrongName, ca } = await certificates();
  const bare = await issue({ ca, names: ["bare.test"], bare: true });
  const cases: [object, string][] = [
    [{ cert: renewed.cert, key: own.key }, "it belongs to another certificate"],
    [{ cert: renewed.cert }, "Cannot load the private key"],
    [{ certFile: "/nowhere/cert.pem", key: own.key }, "/nowhere/cert.pem"],
    [bare, 'it names no host; set "names"'],
  ];
  for (const [entry, words] of cases) {
    const message = await fault({ tls: { ...own, certificates: [wrongName, entry] } });
    assertStringIncludes(message, words);
    assertStringIncludes(message, "(tls.certificates[1])");
  }
  const wrong: [unknown, string][] = [
    [[7], '"tls.certificates[0]" must be an object'],
    [[{ cret: "" }], 'Cannot set "cret" in the tls.certificates[0] of a server'],
    [[{ names: "a" }], '"tls.certificates[0].names" must be an array of strings'],
    [{}, '"tls.certificates" must be an array'],
  ];
  for (const [certificates, words] of wrong) {
    const tls = { ...own, certificates: certificates as [] };
    assertStringIncludes(await fault({ tls }), words);
  }
  assertStringIncludes(
    await fault({ tls: { certificates: [own] } }),
    "Cannot load the certificate",
  );
  assertStringIncludes(await fault({ tls: { ...own, alpn: [""] } }), "1 to 255 ASCII characters");
});

Deno.test("reloadCertificate() reads all certificates again, and connections go on (RFC 6066 3, K9)", async () => {
  const { server: own, renewed, wildcard, ca } = await certificates();
  const again = await issue({ ca, names: ["*.wild.test"] });
  await withFiles(wildcard, async (directory) => {
    const files = { certFile: `${directory}/cert.pem`, keyFile: `${directory}/key.pem` };
    await using server = new Server(testOptions({ tls: { ...own, certificates: [files] } }));
    await server.start();
    const shown = async (servername: string): Promise<string | undefined> =>
      (await play(await connectTo(server), SECURE, { client: { servername } })).tls
        ?.peerCertificate?.fingerprint256;
    const open = await connectTo(server);
    const before = [await shown("a.wild.test"), await shown("mail.test")];
    await write(directory, again);
    await server.reloadCertificate();
    const after = [await shown("b.wild.test"), await shown("mail.test")];
    assertEquals(before, [printOf(wildcard), printOf(own)]);
    assertEquals(after, [printOf(again), printOf(own)]);
    await write(directory, { cert: renewed.cert, key: own.key });
    await assertRejects(() => server.reloadCertificate(), TypeError, "(tls.certificates[0])");
    assertEquals(await shown("b.wild.test"), printOf(again));
    await play(open, HELO + QUIT);
  });
});

function printOf({ cert }: TestCertificate): string {
  return new X509Certificate(cert).fingerprint256;
}

Deno.test("of two reloadCertificate() at once, the last called counts (K9)", async () => {
  const { server: own, renewed } = await certificates();
  await withFiles(own, async (directory) => {
    await using server = new Server(testOptions());
    server.setCertificate(`${directory}/cert.pem`, `${directory}/key.pem`);
    await server.start();
    // The first reads through a pipe, whose other end waits until the second is done.
    const pipe = `${directory}/pipe.pem`;
    const { success } = await new Deno.Command("mkfifo", { args: [pipe] }).output();
    assert(success);
    await Deno.rename(`${directory}/cert.pem`, `${directory}/old.pem`);
    await Deno.symlink(pipe, `${directory}/cert.pem`);
    const first = server.reloadCertificate();
    const writer = await Deno.open(pipe, { write: true });
    await Deno.remove(`${directory}/cert.pem`);
    await write(directory, renewed);
    await server.reloadCertificate();
    await Deno.writeTextFile(`${directory}/key.pem`, own.key);
    await writer.write(new TextEncoder().encode(own.cert));
    writer.close();
    await first;
    const seen = await play(await connectTo(server), SECURE);
    assertEquals(seen.tls?.peerCertificate?.fingerprint256, printOf(renewed));
  });
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
