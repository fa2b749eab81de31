import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadCertificate } from "../../../session/transport/certificate.ts";
import { certificates, issue } from "../../helpers/certificates.ts";

/** A file for the length of a test. */
async function file(text: string): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempFile({ suffix: ".pem" });
  await Deno.writeTextFile(path, text);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

Deno.test("loadCertificate() takes texts", async () => {
  const { server, ca } = await certificates();
  const loaded = await loadCertificate({ ...server, ca: ca.cert + ca.cert });
  assertEquals([loaded.cert, loaded.key], [server.cert, server.key]);
  assertEquals(loaded.ca.length, 2);
  assertEquals(loaded.warnings, []);
});

Deno.test("loadCertificate() takes files, and a chain in one file", async () => {
  const { server, ca } = await certificates();
  await using cert = await file(server.cert + "\n" + ca.cert);
  await using key = await file(server.key);
  await using root = await file("some words before\n" + ca.cert);
  const keyFile = new URL(`file://${key.path}`);
  const loaded = await loadCertificate({ certFile: cert.path, keyFile, caFile: root.path });
  assertEquals(loaded.cert, server.cert + "\n" + ca.cert);
  assertEquals(loaded.ca.length, 1);
  assertStringIncludes(loaded.ca[0], "-----BEGIN CERTIFICATE-----");
});

Deno.test("loadCertificate() names the file that is not there", async () => {
  const { server } = await certificates();
  for (
    const source of [{ certFile: "no/such.pem", key: server.key }, {
      cert: server.cert,
      keyFile: "no/such.pem",
    }]
  ) {
    const error = await assertRejects(() => loadCertificate(source), TypeError, '"no/such.pem"');
    assertStringIncludes(error.message, "there is no such file");
  }
});

Deno.test("loadCertificate() refuses a key of another certificate, and names both files", async () => {
  const { server, renewed } = await certificates();
  await using cert = await file(server.cert);
  await using key = await file(renewed.key);
  const source = { certFile: cert.path, keyFile: key.path };
  const error = await assertRejects(
    () => loadCertificate(source),
    TypeError,
    "another certificate",
  );
  assertStringIncludes(error.message, key.path);
  assertStringIncludes(error.message, cert.path);
});

Deno.test("loadCertificate() refuses what is no certificate and what is no key, without quoting it", async () => {
  const { server } = await certificates();
  const cut = server.cert.slice(0, 120) + "\n-----END CERTIFICATE-----\n";
  const cases: ReadonlyArray<readonly [cert: string, key: string, words: string]> = [
    ["", server.key, "holds no PEM certificate"],
    [server.key, server.key, "holds no PEM certificate"],
    [cut, server.key, "malformed"],
    [server.cert + cut, server.key, "malformed"],
    [server.cert, "s3cret", "no PEM key"],
    [server.cert, server.cert, "no PEM key"],
    [server.cert, "-----BEGIN ENCRYPTED PRIVATE KEY-----\ns3cret", "encrypted"],
  ];
  for (const [cert, key, words] of cases) {
    const error = await assertRejects(() => loadCertificate({ cert, key }), TypeError, words);
    assertEquals(error.message.includes("s3cret"), false);
    assertEquals(error.cause instanceof Error && error.cause.message.includes("s3cret"), false);
  }
});

Deno.test("loadCertificate() refuses a root file without a certificate", async () => {
  const { server } = await certificates();
  await using root = await file(server.key);
  const source = { ...server, caFile: root.path };
  const error = await assertRejects(() => loadCertificate(source), TypeError, "root certificate");
  assertStringIncludes(error.message, root.path);
});

Deno.test("loadCertificate() wants a text or a file, and not both", async () => {
  const { server } = await certificates();
  await assertRejects(() => loadCertificate({ key: server.key }), TypeError, "got neither");
  const both = { ...server, certFile: "x.pem" };
  await assertRejects(() => loadCertificate(both), TypeError, "got both");
});

Deno.test("loadCertificate() warns of a certificate that clients refuse (K9)", async () => {
  const made = await certificates();
  const nameless = await issue({ ca: made.ca, names: ["mail.test"], bare: true });
  const cases = [
    [made.expired, "has expired on Jan"],
    [made.notYet, "is not valid before Jan"],
    [nameless, "names no host"],
  ] as const;
  for (const [certificate, words] of cases) {
    const { warnings } = await loadCertificate(certificate);
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0], words);
  }
});

Deno.test("loadCertificate() goes by the clock that it is given", async () => {
  const { server } = await certificates();
  assertEquals((await loadCertificate(server, Date.parse("2088-12-31"))).warnings, []);
  assertEquals((await loadCertificate(server, Date.parse("2089-01-02"))).warnings.length, 1);
});
