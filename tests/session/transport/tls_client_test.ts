import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import type { Channel } from "../../../session/transport/channel.ts";
import { upgradeClient, upgradeServer } from "../../../session/transport/tls.ts";
import { certificates, issue, type TestCertificates } from "../../helpers/certificates.ts";
import {
  clientOptions,
  Counted,
  octets,
  readText,
  released,
  serverOptions,
  tcpPair,
  tlsPair,
} from "./_channels.ts";

/** The client's error for a server that shows this certificate. */
async function refusal(
  name: keyof TestCertificates,
  servername = "mail.test",
): Promise<SmtpError> {
  const made = await certificates();
  const [x, y] = await tcpPair();
  const raw = new Counted(x);
  const server = upgradeServer(y, await serverOptions(made[name])).catch(() => null);
  const client = await clientOptions({ servername });
  const error = await assertRejects(() => upgradeClient(raw, client), SmtpError);
  assert(raw.closed);
  (await server)?.close();
  assertEquals(error.kind, "tls");
  assertEquals(error.temporary, false);
  return error;
}

/** Fails unless a client accepts this server certificate. */
async function accepted(name: keyof TestCertificates, servername: string): Promise<void> {
  const made = await certificates();
  const server = await serverOptions(made[name]);
  const [a, b] = await tlsPair(await tcpPair(), server, await clientOptions({ servername }));
  assertEquals([a.tls?.authorized, a.tls?.authorizationError], [true, null]);
  a.close();
  b.close();
}

const REFUSED: ReadonlyArray<readonly [keyof TestCertificates, string]> = [
  ["expired", "it has expired"],
  ["notYet", "it is not valid yet"],
  ["selfSigned", "it is self-signed"],
  ["rogueServer", "its issuer is unknown"],
  ["wrongName", "it was issued for another name"],
  ["client", "it was issued for another purpose"],
];

for (const [name, words] of REFUSED) {
  Deno.test(`the client refuses a certificate that is ${name} (P14, #212)`, async () => {
    const error = await refusal(name);
    assertStringIncludes(error.message, 'Cannot verify the certificate of "mail.test": ');
    assertStringIncludes(error.message, words);
  });

  Deno.test(`verify: false accepts a certificate that is ${name}, and says what is wrong`, async () => {
    const made = await certificates();
    const server = await serverOptions(made[name]);
    const [a, b] = await tlsPair(await tcpPair(), server, await clientOptions({ verify: false }));
    assertEquals(a.tls?.authorized, false);
    assert((a.tls?.authorizationError ?? "").length > 0);
    assert(a.tls?.peerCertificate !== null);
    await b.write(octets("220 ok\r\n"));
    assertEquals(await readText(a, 8), "220 ok\r\n");
    a.close();
    b.close();
  });
}

Deno.test("a refused certificate costs every attempt anew: no session is resumed unverified", async () => {
  const made = await certificates();
  const server = await serverOptions(made.rogueServer);
  for (let i = 0; i < 3; i++) {
    const trusting = await clientOptions({ verify: false });
    const [a, b] = await tlsPair(await tcpPair(), server, trusting);
    // Session tickets come with the first data.
    await b.write(octets("220 ok\r\n"));
    assertEquals(await readText(a, 8), "220 ok\r\n");
    a.close();
    b.close();
    const error = await refusal("rogueServer");
    assertStringIncludes(error.message, "its issuer is unknown");
  }
});

Deno.test("the client accepts the names that the certificate holds, and an IP address among them", async () => {
  await accepted("server", "mail.test");
  await accepted("server", "MAIL.test");
  await accepted("server", "localhost");
  await accepted("server", "127.0.0.1");
});

Deno.test("the client takes a name for a name and an address for an address (A4.10)", async () => {
  for (const servername of ["127.0.0.2", "::1", "mail.test.evil.test", "ail.test", "test"]) {
    const error = await refusal("server", servername);
    assertStringIncludes(error.message, "another name");
    assertStringIncludes(error.message, JSON.stringify(servername));
  }
});

Deno.test("a wildcard stands for one label (A4.10)", async () => {
  await accepted("wildcard", "mx1.wild.test");
  for (const servername of ["wild.test", "a.mx1.wild.test"]) {
    assertStringIncludes((await refusal("wildcard", servername)).message, "another name");
  }
});

Deno.test("a certificate that names its host in the subject alone is refused (A4.10, RFC 9525 2)", async () => {
  const { ca } = await certificates();
  const mailOnly = await issue({ ca, names: ["mail.test@mail.test"], subject: "mail.test" });
  const bare = await issue({ ca, names: ["mail.test"], bare: true });
  for (const certificate of [mailOnly, bare]) {
    const [x, y] = await tcpPair();
    const server = upgradeServer(y, await serverOptions(certificate)).catch(() => null);
    const options = await clientOptions();
    await assertRejects(() => upgradeClient(x, options), SmtpError, "it names no host");
    (await server)?.close();
  }
});

Deno.test("without the authority given, the certificate is refused", async () => {
  const [x, y] = await tcpPair();
  const server = upgradeServer(y, await serverOptions()).catch(() => null);
  const options = await clientOptions({ ca: undefined });
  await assertRejects(() => upgradeClient(x, options), SmtpError, "its issuer is unknown");
  (await server)?.close();
});

Deno.test("a self-signed certificate can be trusted by giving it as authority", async () => {
  const { selfSigned } = await certificates();
  const options = await clientOptions({ ca: [selfSigned.cert] });
  const [a, b] = await tlsPair(await tcpPair(), await serverOptions(selfSigned), options);
  assertEquals(a.tls?.authorized, true);
  a.close();
  b.close();
});

Deno.test("SNI is sent for a name, not for an IP address (RFC 6066 3)", async () => {
  const seen: (string | null | undefined)[] = [];
  for (const servername of ["mail.test", "127.0.0.1"]) {
    const options = await clientOptions({ servername });
    const [a, b] = await tlsPair(await tcpPair(), await serverOptions(), options);
    seen.push(a.tls?.servername, b.tls?.servername);
    a.close();
    b.close();
  }
  assertEquals(seen, ["mail.test", "mail.test", null, null]);
});

Deno.test("nothing of the session above is sent to a server that is not who it says it is", async () => {
  const { rogueServer } = await certificates();
  const [x, y] = await tcpPair();
  const received: Promise<Channel | null> = upgradeServer(y, await serverOptions(rogueServer))
    .catch(() => null);
  const options = await clientOptions();
  await assertRejects(() => upgradeClient(x, options), SmtpError);
  const server = await received;
  if (server !== null) {
    await assertRejects(() => server.read(), SmtpError);
    assert(released(server));
    server.close();
  }
});
