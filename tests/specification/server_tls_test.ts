import * as smtp from "@infinity/smtp";
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { temporaryFolder } from "../helpers/programs.ts";
import { Dialogue, makeServer, MESSAGE, portOf } from "./_dialogue.ts";
import { construct, ehlo, setCertificate, tlsVersion } from "./_servers.ts";

const { tls1_0, tls1_1, tls1_2, tls1_3 } = smtp.server.protocol;

Deno.test("ssl: true needs a certificate, false means no TLS even where there is one", async () => {
  const { server: certificate } = await certificates();
  await using folder = await temporaryFolder();
  await assertRejects(() => construct(true).start(), TypeError, "setCertificate()");
  for (const [ssl, offered] of [[true, true], [undefined, true], [false, false]] as const) {
    await using server = construct(ssl);
    await setCertificate(server, folder, certificate);
    await server.start();
    assertEquals((await ehlo(server)).includes("250 STARTTLS"), offered, `${ssl}`);
  }
  await using plain = construct();
  await plain.start();
  assert(!(await ehlo(plain)).includes("250 STARTTLS"));
});

Deno.test("port 465 means TLS from the first octet, any other port STARTTLS", async () => {
  await assertRejects(
    () => construct(undefined, undefined, 465).start(),
    TypeError,
    "implicit TLS",
  );
  // Without root nobody listens on 465: what it means can be had on another port.
  const { ca, server: certificate } = await certificates();
  await using server = makeServer({ tls: { ...certificate, implicit: true } });
  await server.start();
  const encryptMode = smtp.client.encryptMode.implicitTls;
  const port = portOf(server);
  await using client = new smtp.client({
    host: "127.0.0.1",
    port,
    encryptMode,
    tls: { ca: ca.cert },
  });
  await client.connect();
  assertEquals((await client.sendMail(MESSAGE)).outcome, "sent");
  await using other = makeServer({ tls: certificate });
  await other.start();
  using dialogue = await Dialogue.open(other);
  assertMatch(await dialogue.reply() ?? "", /^220 /);
  assertMatch(await dialogue.say("EHLO client.example.org"), /\bSTARTTLS\b/);
  assertMatch(await dialogue.say("STARTTLS"), /^220 /);
});

Deno.test("minProtocol and maxProtocol bound the version of TLS", async () => {
  const { server: certificate } = await certificates();
  await using folder = await temporaryFolder();
  const ranges = [
    [tls1_2, tls1_2, "TLSv1.2"],
    [tls1_3, tls1_3, "TLSv1.3"],
    [tls1_0, tls1_2, "TLSv1.2"],
    [tls1_1, tls1_3, "TLSv1.3"],
  ] as const;
  for (const [min, max, version] of ranges) {
    await using server = construct(true, false, 0, 10, 1, min, max);
    await setCertificate(server, folder, certificate);
    await server.start();
    assertEquals(await tlsVersion(server, {}), version);
    if (min !== tls1_3) continue;
    await assertRejects(() => tlsVersion(server, { maxVersion: "TLSv1.2" }), smtp.SmtpError);
  }
});

Deno.test("a range that reaches below TLS 1.2 starts, with one warning in the log", async () => {
  const { server: certificate } = await certificates();
  await using folder = await temporaryFolder();
  const records: LogRecord[] = [];
  configureSync({
    sinks: { list: (record) => void records.push(record) },
    loggers: [
      { category: "infinity-smtp", sinks: ["list"], lowestLevel: "warning" },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  try {
    await using server = construct(true, false, 0, 10, 1, tls1_0, tls1_3);
    await setCertificate(server, folder, certificate);
    await server.start();
    await tlsVersion(server, {});
  } finally {
    resetSync();
  }
  assertEquals(records.map(({ level }) => level), ["warning"]);
  assertMatch(String(records[0].message.join("")), /TLS 1\.0 and 1\.1/);
});

Deno.test("a range of versions wholly below TLS 1.2, or upside down, does not start", async () => {
  const { server: certificate } = await certificates();
  await using folder = await temporaryFolder();
  const ranges = [
    [tls1_0, tls1_0, "RFC 8996"],
    [tls1_0, tls1_1, "RFC 8996"],
    [tls1_3, tls1_2, "above"],
  ] as const;
  for (const [min, max, why] of ranges) {
    const server = construct(true, false, 0, 10, 1, min, max);
    await setCertificate(server, folder, certificate);
    await assertRejects(() => server.start(), RangeError, why);
  }
});

Deno.test("setCertificate() takes the names of files, which start() reads and checks", async () => {
  const { server: certificate, renewed } = await certificates();
  await using folder = await temporaryFolder();
  await using server = construct();
  server.setCertificate(`${folder.path}/missing.crt`, `${folder.path}/missing.key`);
  await assertRejects(() => server.start(), TypeError, "missing.crt");
  await setCertificate(server, folder, { cert: certificate.cert, key: renewed.key });
  await assertRejects(() => server.start(), TypeError, "keyFile.key");
  await setCertificate(server, folder, certificate);
  await server.start();
  assertEquals(await tlsVersion(server, {}), "TLSv1.3");
  assertThrows(() => server.setCertificate("a.crt", "a.key"), Error, "call stop() first");
});

Deno.test("a root certificate asks clients for theirs; verify, else verifyCertificate, says whether it must hold", async () => {
  const { ca, server: certificate, client, rogueClient } = await certificates();
  await using folder = await temporaryFolder();
  const cases = [
    // verifyCertificate, rootCertFile, verify: whether a client must show a certificate that holds
    [undefined, undefined, undefined, false],
    [true, undefined, true, false],
    [undefined, ca.cert, undefined, true],
    [true, ca.cert, undefined, true],
    [false, ca.cert, undefined, false],
    [false, ca.cert, true, true],
    [true, ca.cert, false, false],
  ] as const;
  for (const [verifyCertificate, root, verify, required] of cases) {
    await using server = construct(true, verifyCertificate);
    await setCertificate(server, folder, certificate, root, verify);
    await server.start();
    assertEquals(await tlsVersion(server, { ...client }), "TLSv1.3");
    for (const tls of [{}, { ...rogueClient }]) {
      if (required) await assertRejects(() => tlsVersion(server, tls), smtp.SmtpError);
      else assertEquals(await tlsVersion(server, tls), "TLSv1.3");
    }
  }
});
