import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import type { TlsFacts } from "../../../session/transport/channel.ts";
import {
  type ServerTlsOptions,
  upgradeClient,
  upgradeServer,
} from "../../../session/transport/tls.ts";
import { certificates, type TestCertificate } from "../../helpers/certificates.ts";
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

const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;

async function asking(required: boolean): Promise<ServerTlsOptions> {
  const { ca } = await certificates();
  const options = { requestCert: true, rejectUnauthorized: required };
  return await serverOptions({ ca: [ca.cert] }, options);
}

/** What the server knows of a client that it let in. */
async function letIn(
  server: ServerTlsOptions,
  client: TestCertificate | null,
  version: (typeof VERSIONS)[number],
): Promise<TlsFacts | null> {
  const options = await clientOptions({ ...client, maxVersion: version, minVersion: version });
  const [a, b] = await tlsPair(await tcpPair(), server, options);
  await b.write(octets("220 ok\r\n"));
  assertEquals(await readText(a, 8), "220 ok\r\n");
  a.close();
  b.close();
  assert(released(a) && released(b));
  return b.tls;
}

/** What the two ends say of a client that was turned away, and that it was sent nothing. */
async function turnedAway(
  client: TestCertificate | null,
  version: (typeof VERSIONS)[number],
): Promise<SmtpError> {
  const [x, y] = await tcpPair();
  const raw = new Counted(y);
  const options = await clientOptions({ ...client, maxVersion: version, minVersion: version });
  const atClient = upgradeClient(x, options).then(async (channel) => {
    // In TLS 1.3 the client's handshake is over before the server has seen its certificate.
    try {
      return await channel.read();
    } finally {
      channel.close();
    }
  });
  const outcome = atClient.then(() => null, (error) => error);
  const server = await asking(true);
  const error = await assertRejects(() => upgradeServer(raw, server), SmtpError);
  assertEquals(error.kind, "tls");
  assert(raw.closed);
  assert((await outcome) instanceof SmtpError, "the client was let in");
  return error;
}

for (const version of VERSIONS) {
  Deno.test(`no certificate is asked for: the client is not authorized, ${version}`, async () => {
    const { client } = await certificates();
    for (const shown of [null, client]) {
      const facts = await letIn(await serverOptions(), shown, version);
      // The engine calls everybody authorized of whom it has asked nothing.
      assertEquals(
        [facts?.authorized, facts?.authorizationError, facts?.peerCertificate],
        [false, null, null],
      );
    }
  });

  for (const required of [true, false]) {
    const how = required ? "required" : "asked for";
    Deno.test(`a certificate is ${how} and holds, ${version}`, async () => {
      const { client } = await certificates();
      const facts = await letIn(await asking(required), client, version);
      assertEquals([facts?.authorized, facts?.authorizationError], [true, null]);
      assertEquals(facts?.peerCertificate?.subject, "CN=ada@example.org");
      assertEquals(facts?.peerCertificate?.subjectAltName, "email:ada@example.org");
    });
  }

  Deno.test(`a certificate is asked for and none comes, ${version}`, async () => {
    const facts = await letIn(await asking(false), null, version);
    assertEquals([facts?.authorized, facts?.peerCertificate], [false, null]);
    assertEquals(facts?.authorizationError, "NO_CERTIFICATE");
  });

  for (const name of ["rogueClient", "expiredClient", "selfSigned", "server"] as const) {
    Deno.test(`a certificate is asked for and it is ${name}, ${version}`, async () => {
      const made = await certificates();
      const facts = await letIn(await asking(false), made[name], version);
      assertEquals(facts?.authorized, false);
      assert((facts?.authorizationError ?? "").length > 0);
      assert(facts?.peerCertificate?.raw instanceof Uint8Array);
    });

    Deno.test(`a certificate is required and it is ${name}, ${version} (S86)`, async () => {
      const made = await certificates();
      const error = await turnedAway(made[name], version);
      assertStringIncludes(
        error.message,
        "Cannot accept the client's certificate: it does not hold",
      );
    });
  }

  Deno.test(`a certificate is required and none comes, ${version} (S86)`, async () => {
    const error = await turnedAway(null, version);
    assertStringIncludes(error.message, "Cannot accept the client's certificate: it showed none");
  });
}

Deno.test("a client that was verified once is verified each time", async () => {
  const { client, rogueClient } = await certificates();
  const server = await asking(false);
  for (let i = 0; i < 3; i++) {
    for (const version of VERSIONS) {
      assertEquals((await letIn(server, client, version))?.authorized, true);
      assertEquals((await letIn(server, rogueClient, version))?.authorized, false);
      assertEquals((await letIn(server, null, version))?.authorized, false);
    }
  }
});

Deno.test("certificates are asked for without an authority to verify them against: none holds", async () => {
  const { client } = await certificates();
  const server = await serverOptions({}, { requestCert: true, rejectUnauthorized: false });
  assertEquals((await letIn(server, client, "TLSv1.3"))?.authorized, false);
});
