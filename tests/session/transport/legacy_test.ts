/** TLS 1.0 and 1.1, our client and our server with each other. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import type { Channel } from "../../../session/transport/channel.ts";
import { loadForge } from "../../../session/transport/legacy/forge.ts";
import {
  type ClientTlsOptions,
  createServerContext,
  type ServerContextOptions,
  type ServerTlsOptions,
  type TlsVersion,
  upgradeClient,
  upgradeServer,
} from "../../../session/transport/tls.ts";
import { certificates, issue, rsaCertificates } from "../../helpers/certificates.ts";
import {
  Counted,
  handshakes,
  noise,
  octets,
  type Pair,
  PAIRS,
  readAll,
  readText,
  serverOptions,
  tcpPair,
} from "./_channels.ts";

/** A server for TLS 1.0 and up, with an RSA key. */
async function legacyServer(
  context: Partial<ServerContextOptions> = {},
): Promise<ServerTlsOptions> {
  const { server } = await rsaCertificates();
  return await serverOptions({ ...server, minVersion: "TLSv1", ...context });
}

/** A client for TLS 1.0 and 1.1 that trusts the RSA authority. Our server says nothing of renegotiation. */
async function legacyClient(options: Partial<ClientTlsOptions> = {}): Promise<ClientTlsOptions> {
  const { ca } = await rsaCertificates();
  return {
    servername: "mail.test",
    verify: true,
    ca: [ca.cert],
    maxVersion: "TLSv1.1",
    legacyRenegotiation: true,
    timeout: 10_000,
    ...options,
  };
}

/** Writes to a channel octet by octet. */
function dripping(channel: Channel): Channel {
  return new Proxy(channel, {
    get(target, name): unknown {
      if (name === "write") return (bytes: Uint8Array) => send(target, bytes.slice(), 1);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

/** Both ends after the handshake. */
async function pairOf(
  pair: Pair,
  server: ServerTlsOptions,
  client: ClientTlsOptions,
): Promise<Pair> {
  return await Promise.all([upgradeClient(pair[0], client), upgradeServer(pair[1], server)]);
}

async function send(channel: Channel, bytes: Uint8Array, piece: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += piece) {
    await channel.write(bytes.subarray(at, at + piece));
  }
}

for (const maxVersion of ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const) {
  Deno.test(`a ClientHello of ${maxVersion} that comes octet by octet is taken whole (#211)`, async () => {
    const { ca } = await certificates();
    const trusted = { ca: [(await rsaCertificates()).ca.cert, ca.cert] };
    const [near, far] = await PAIRS[0][1]();
    const client = await legacyClient({ maxVersion, ...trusted });
    const [a, b] = await pairOf([dripping(near), far], await legacyServer(), client);
    assertEquals([a.tls?.protocol, b.tls?.protocol], [maxVersion, maxVersion]);
    a.close();
    b.close();
  });
}

for (const [name, pair] of PAIRS) {
  for (const version of ["TLSv1", "TLSv1.1"] as const) {
    Deno.test(`${version} over ${name} carries a megabyte both ways at once, to the octet (#211)`, async () => {
      const [a, b] = await pairOf(
        await pair(),
        await legacyServer(),
        await legacyClient({ maxVersion: version }),
      );
      assertEquals([a.tls?.protocol, b.tls?.protocol], [version, version]);
      a.bulk = b.bulk = true;
      const bytes = noise(1024 * 1024);
      const [there, back] = await Promise.all([
        readLength(b, bytes.length),
        readLength(a, bytes.length),
        send(a, bytes, 100_003),
        send(b, bytes, 8_191),
      ]);
      assert(bytes.every((octet, i) => there[i] === octet && back[i] === octet));
      await a.closeWrite();
      assertEquals(await b.read(), null);
      a.close();
      b.close();
    });
  }
}

async function readLength(channel: Channel, length: number): Promise<Uint8Array> {
  const all = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const part = await channel.read();
    assert(part !== null, `the end at ${at}`);
    all.set(part, at);
    at += part.length;
  }
  return all;
}

Deno.test("TLS 1.1: what the two ends know of the session (RFC 5929 4.1)", async () => {
  const [a, b] = await pairOf(await tcpPair(), await legacyServer(), await legacyClient());
  const cipher = "TLS_RSA_WITH_AES_128_CBC_SHA";
  const { peerCertificate, serverEndPoint, ...atClient } = a.tls ?? {};
  const agreed = { protocol: "TLSv1.1", cipher, servername: "mail.test", alpn: null };
  assertEquals(atClient, { ...agreed, authorized: true, authorizationError: null });
  const none = { authorized: false, authorizationError: null, peerCertificate: null };
  assertEquals(b.tls, { ...agreed, ...none, serverEndPoint: serverEndPoint ?? null });
  assertEquals(peerCertificate?.subject, "CN=mail.test");
  const { server } = await rsaCertificates();
  const der = Uint8Array.fromBase64(server.cert.split("-----")[2].replaceAll(/\s/g, ""));
  assertEquals(peerCertificate?.raw, der);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  assertEquals(serverEndPoint, sha256);
  a.close();
  b.close();
});

Deno.test("a server of TLS 1.0 and up gives a newer client the newest version (#211)", async () => {
  const outcomes: (string | undefined)[] = [];
  const server = await legacyServer();
  for (const maxVersion of ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"] as TlsVersion[]) {
    const [a, b] = await pairOf(await tcpPair(), server, await legacyClient({ maxVersion }));
    outcomes.push(b.tls?.protocol);
    a.close();
    b.close();
  }
  assertEquals(outcomes, ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"]);
});

Deno.test("a server of TLS 1.1 at the most serves newer clients by that, if they have it", async () => {
  const server = await legacyServer({ maxVersion: "TLSv1.1" });
  const [a, b] = await pairOf(await tcpPair(), server, await legacyClient());
  assertEquals(b.tls?.protocol, "TLSv1.1");
  a.close();
  b.close();
  const newer = await handshakes(
    await tcpPair(),
    server,
    await legacyClient({
      maxVersion: "TLSv1.3",
    }),
  );
  for (const outcome of newer) assert(outcome instanceof SmtpError && outcome.kind === "tls");
});

Deno.test("version ranges below TLS 1.2: nothing in common is refused, with words", async () => {
  const ranges: [TlsVersion, TlsVersion][] = [["TLSv1.1", "TLSv1"], ["TLSv1", "TLSv1.1"]];
  for (const [least, most] of ranges) {
    const server = await legacyServer(
      least === "TLSv1.1" ? { minVersion: least } : { maxVersion: "TLSv1" },
    );
    const client = await legacyClient(
      least === "TLSv1.1" ? { maxVersion: most } : { minVersion: "TLSv1.1" },
    );
    const [outcome] = await handshakes(await tcpPair(), server, client);
    assert(outcome instanceof SmtpError && outcome.kind === "tls", String(outcome));
    assertStringIncludes(outcome.message, "no TLS version in common");
  }
});

Deno.test("a server whose default key is no RSA key serves TLS 1.1 by the certificate that has one", async () => {
  const { server: usual, ca } = await certificates();
  const { server: rsa, ca: rsaCa } = await rsaCertificates();
  const options = await legacyServer({ ...usual, certificates: [{ ...rsa, names: [] }] });
  for (
    const [maxVersion, issuer] of [["TLSv1.1", "CN=RSA CA"], ["TLSv1.3", "CN=Test CA"]] as const
  ) {
    const client = await legacyClient({ maxVersion, ca: [ca.cert, rsaCa.cert] });
    const [a, b] = await pairOf(await tcpPair(), options, client);
    assertEquals(a.tls?.peerCertificate?.issuer, issuer);
    assertEquals(a.tls?.serverEndPoint, b.tls?.serverEndPoint);
    a.close();
    b.close();
  }
});

Deno.test("TLS 1.1: a server certificate that does not hold is refused, and says why (#124, #212)", async () => {
  const { ca: rogue } = await certificates();
  const { ca, server } = await rsaCertificates();
  const expired = await issue({
    ca,
    names: ["mail.test"],
    keyType: "rsa",
    to: new Date("2021-01-01"),
  });
  const selfSigned = await issue({ ca: null, names: ["mail.test"], keyType: "rsa" });
  const bare = await issue({ ca, names: ["mail.test"], keyType: "rsa", bare: true });
  const purpose = await issue({ ca, names: ["mail.test"], keyType: "rsa", usage: "client" });
  const grandchild = await issue({
    ca: server,
    names: ["mail.test"],
    subject: "Grandchild",
    keyType: "rsa",
  });
  const chained = { ...grandchild, cert: grandchild.cert + server.cert };
  const between = await issue({ ca, names: ["Between"], keyType: "rsa", authority: true });
  const leaf = await issue({ ca: between, names: ["mail.test"], keyType: "rsa" });
  const whole = { ...leaf, cert: leaf.cert + between.cert };
  const weak = await issue({ ca, names: ["mail.test"], keyType: "rsa", algorithm: "sha1" });
  const cases: [Partial<ServerContextOptions>, Partial<ClientTlsOptions>, string | null][] = [
    [server, {}, null],
    [server, { servername: "127.0.0.1" }, null],
    [server, { servername: "MAIL.test" }, null],
    [server, { servername: "other.test" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    [server, { servername: "127.0.0.2" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    [server, { ca: [rogue.cert] }, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    [server, { ca: undefined }, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    [expired, {}, "CERT_HAS_EXPIRED"],
    [selfSigned, {}, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    [selfSigned, { ca: [selfSigned.cert] }, null],
    [bare, {}, "NO_SUBJECT_ALT_NAME"],
    [purpose, {}, "INVALID_PURPOSE"],
    [whole, {}, null],
    [leaf, {}, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    [leaf, { ca: [ca.cert, between.cert] }, null],
    [weak, {}, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    // A server's own certificate is no authority.
    [chained, {}, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ];
  for (const [context, options, code] of cases) {
    const client = await legacyClient(options);
    const outcome = (await handshakes(await tcpPair(), await legacyServer(context), client))[0];
    if (code === null) {
      assert(!(outcome instanceof Error), `${outcome}`);
      (outcome as Channel).close();
      continue;
    }
    assert(outcome instanceof SmtpError, `${code}: it was accepted`);
    assertEquals(outcome.kind, "tls");
    assertStringIncludes(outcome.message, `(${code})`);
    const [a, b] = await pairOf(
      await tcpPair(),
      await legacyServer(context),
      { ...client, verify: false },
    );
    assertEquals([a.tls?.authorized, a.tls?.authorizationError], [false, code]);
    a.close();
    b.close();
  }
});

Deno.test("TLS 1.1: a server without secure renegotiation is refused, unless an option lifts it (RFC 5746 4.1)", async () => {
  const client = await legacyClient({ legacyRenegotiation: false });
  const [outcome] = await handshakes(await tcpPair(), await legacyServer(), client);
  assert(outcome instanceof SmtpError);
  assertStringIncludes(outcome.message, '"useLegacyServerConnect"');
});

Deno.test("TLS 1.1: an end without close_notify is no end (A3: truncation is an abort)", async () => {
  const pair = await tcpPair();
  const [a, b] = await pairOf(pair, await legacyServer(), await legacyClient());
  await a.write(octets("MAIL"));
  assertEquals(await readText(b, 4), "MAIL");
  await pair[0].closeWrite();
  const error = await assertRejects(() => b.read(), SmtpError, "without a TLS close_notify");
  assertEquals(error.kind, "connection");
  await assertRejects(() => b.read(), SmtpError);
  await assertRejects(() => b.write(octets("x")), SmtpError);
  a.close();
});

Deno.test("TLS 1.1: a record that was tampered with, or that comes in clear, ends the session", async () => {
  const records = [
    "\x17\x03\x02\x00\x30" + "x".repeat(48),
    "QUIT\r\n",
    "\x17\x03\x02\xff\xff",
    "\x16\x03\x02\x00\x04\x00\x00\x00\x00",
    "\x18\x03\x02\x00\x04\x01\x00\x01x",
  ];
  for (const record of records) {
    const pair = await tcpPair();
    const [a, b] = await pairOf(pair, await legacyServer(), await legacyClient());
    await pair[0].write(Uint8Array.from(record, (char) => char.charCodeAt(0)));
    const error = await assertRejects(() => b.read(), SmtpError, "Cannot use the TLS session");
    assertEquals(error.kind, "tls");
    a.close();
  }
});

Deno.test("TLS 1.1: close() rejects a pending read, and closes the channel below", async () => {
  const pair = await tcpPair();
  const [a, b] = await pairOf(pair, await legacyServer(), await legacyClient());
  const reading = assertRejects(() => b.read(), SmtpError, "closed");
  b.close();
  await reading;
  await assertRejects(() => b.write(octets("x")), SmtpError, "closed");
  await assertRejects(() => b.closeWrite(), SmtpError, "closed");
  await assertRejects(() => a.read(), SmtpError);
  a.close();
});

Deno.test("a server of TLS 1.0 and up: silence, half a ClientHello and an end make it fail, and hang none (P8, S50)", async () => {
  const options = { ...await legacyServer(), handshakeTimeout: 20 };
  const half = Uint8Array.of(22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 2);
  for (const sent of [new Uint8Array(0), half]) {
    const [client, server] = await tcpPair();
    if (sent.length > 0) await client.write(sent);
    const error = await assertRejects(() => upgradeServer(server, options), SmtpError);
    assertEquals(error.kind, "timeout");
    client.close();
    const [second, other] = await tcpPair();
    if (sent.length > 0) await second.write(sent);
    await second.closeWrite();
    const left = await legacyServer();
    const gone = await assertRejects(() => upgradeServer(other, left), SmtpError);
    assertEquals(gone.kind, "tls");
    second.close();
  }
});

Deno.test("a server of TLS 1.0 and up answers garbage as any other, with an alert and a close (S50)", async () => {
  const [client, server] = await tcpPair();
  await client.write(octets("EHLO client.test\r\n"));
  const error = await assertRejects(
    async () => upgradeServer(server, await legacyServer()),
    SmtpError,
  );
  assertEquals(error.kind, "tls");
  assertEquals((await readAll(client))[0], 21);
  client.close();
});

Deno.test("TLS 1.1: a handshake without end is refused before it has taken much", async () => {
  // A certificate message that announces 16 MiB, to a client.
  const [client, server] = await tcpPair();
  const upgrading = assertRejects(
    async () => upgradeClient(client, await legacyClient()),
    SmtpError,
  );
  const hello = new Uint8Array(5 + 42);
  hello.set([22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2]);
  hello.set([0x00, 0x2f, 0], 5 + 4 + 35);
  await server.write(hello);
  const record = new Uint8Array(5 + 16_384);
  record.set([22, 3, 2, 0x40, 0, 11, 0xff, 0xff, 0xff]);
  let sent = 0;
  try {
    for (; sent < 64 * record.length; sent += record.length) await server.write(record);
  } catch {
    // It was closed.
  }
  const error = await upgrading;
  assertStringIncludes(error.message, "the handshake is too long");
  server.close();
});

Deno.test("TLS 1.1: the signal and the deadline end the client's handshake (C14)", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  const [client, server] = await tcpPair();
  const options = await legacyClient({ signal });
  const aborted = await assertRejects(() => upgradeClient(client, options), SmtpError);
  assertEquals(aborted.kind, "aborted");
  server.close();
  const [second, other] = await tcpPair();
  const patient = await legacyClient({ timeout: 20 });
  const late = await assertRejects(() => upgradeClient(second, patient), SmtpError);
  assertEquals(late.kind, "timeout");
  other.close();
});

for (const [side, step, length] of [["server", 5, 500], ["client", 29, 1100]] as const) {
  Deno.test(`TLS 1.1: whatever octet of the handshake is wrong, the ${side} fails with an SmtpError, and hangs never (A3)`, async () => {
    const server = await legacyServer();
    const client = await legacyClient({ verify: false });
    let failed = 0;
    for (let at = 0; at < length; at += step) {
      const pair = await tcpPair();
      const tampered = new Counted(pair[side === "client" ? 0 : 1]);
      tampered.onRead = (bytes) => {
        const before = tampered.taken - (bytes?.length ?? 0);
        const changed = bytes?.slice() ?? null;
        if (changed !== null && at >= before && at < tampered.taken) changed[at - before] ^= 0x55;
        return changed;
      };
      const both: Pair = side === "client" ? [tampered, pair[1]] : [pair[0], tampered];
      const outcomes = await handshakesThatEnd(both, server, client);
      for (const outcome of outcomes) {
        if (outcome instanceof Error) assert(outcome instanceof SmtpError, `${at}: ${outcome}`);
      }
      if (outcomes.some((outcome) => outcome instanceof Error)) failed++;
    }
    assert(failed > 30, `${failed}`);
  });
}

/** Both outcomes; who fails takes the other's connection along, as a process does that ends. */
async function handshakesThatEnd(
  pair: Pair,
  server: ServerTlsOptions,
  client: ClientTlsOptions,
): Promise<unknown[]> {
  // A length that is now too large makes its side wait for the rest.
  const patient = { ...server, handshakeTimeout: 100 };
  const outcomes = await Promise.all([
    upgradeClient(pair[0], { ...client, timeout: 100 }).catch((error) => error),
    upgradeServer(pair[1], patient).catch((error) => error),
  ]);
  for (const outcome of outcomes) if (!(outcome instanceof Error)) outcome.close();
  return outcomes;
}

Deno.test("the library is left as it was for whoever else uses it", async () => {
  const { tls, pki } = await loadForge();
  const before = [structuredClone(tls.SupportedVersions), pki.privateKeyFromPem];
  const [a, b] = await pairOf(await tcpPair(), await legacyServer(), await legacyClient());
  a.close();
  b.close();
  assertEquals([tls.SupportedVersions, pki.privateKeyFromPem], before);
});

Deno.test("createServerContext() takes an old version beside an old one, and a range must hold any", () => {
  const pair = { cert: "", key: "" };
  assertEquals(
    errorOf(() => createServerContext({ ...pair, minVersion: "TLSv1.2", maxVersion: "TLSv1.1" })),
    'Cannot set up TLS: "minVersion" must not be above "maxVersion", got "TLSv1.2" and "TLSv1.1"',
  );
});

function errorOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
