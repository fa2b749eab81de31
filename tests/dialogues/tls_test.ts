import { X509Certificate } from "node:crypto";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { certificates, rsaCertificates } from "../helpers/certificates.ts";
import { connectTo, dialogue, play, serving } from "../helpers/dialogue.ts";
import { ehlo, GREETED, MESSAGE, QUIT } from "../helpers/transcripts.ts";
import { Protocol } from "../../server/protocol.ts";
import type { ServerOptions } from "../../server/options.ts";
import { SmtpError } from "../../session/errors.ts";
import { type ClientTlsOptions, upgradeClient } from "../../session/transport/tls.ts";
import type { Server } from "../../server/server.ts";

const OFFERED = GREETED + ehlo({ startTls: true });
const BEGIN = "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n";

/** A server with implicit TLS. */
async function implicit(
  options: ServerOptions = {},
  tls: ServerOptions["tls"] = {},
): Promise<ServerOptions> {
  const { server } = await certificates();
  return { ...options, tls: { ...server, implicit: true, ...tls } };
}

/** Begins TLS on a new connection, and says what became of it. */
async function handshake(server: Server, options: Partial<ClientTlsOptions> = {}): Promise<string> {
  const { ca } = await certificates();
  try {
    const secure = await upgradeClient(await connectTo(server), {
      servername: "mail.test",
      verify: true,
      ca: [ca.cert],
      legacyRenegotiation: false,
      timeout: 5000,
      ...options,
    });
    // A client certificate is refused after a TLS 1.3 handshake has ended for the client.
    const greeted = await secure.read().finally(() => secure.close());
    return `${secure.tls?.protocol} ${greeted === null ? "ended" : "greeted"}`;
  } catch (error) {
    if (!(error instanceof SmtpError)) throw error;
    return error.kind;
  }
}

Deno.test("implicit TLS: a session as any other, without STARTTLS (RFC 8314 3.3, #213, S89)", async () => {
  const facts: unknown[] = [];
  const onConnect: ServerOptions["onConnect"] = ({ secure, tls }) =>
    void facts.push(secure, tls?.servername, tls?.protocol, tls?.authorized);
  await dialogue(
    await implicit({ onConnect }),
    GREETED + ehlo({ secure: true }) + MESSAGE +
      "C: STARTTLS\nS: 503 5.5.1 TLS is active already\n" + QUIT,
    { implicit: true },
  );
  assertEquals(facts, [true, "mail.test", "TLSv1.3", false]);
});

Deno.test("SNI by implicit TLS and by STARTTLS: the certificate is that of the name, and handlers are told the name (RFC 6066 3)", async () => {
  const { server: own, wildcard } = await certificates();
  const names: (string | null | undefined)[] = [];
  for (const isImplicit of [true, false]) {
    const tls = { ...own, certificates: [wildcard], implicit: isImplicit };
    const options: ServerOptions = {
      tls,
      onMailFrom: (session) => {
        names.push(session.tls?.servername);
        session.accept = true;
      },
    };
    await serving(options, async (server) => {
      for (const [servername, subject] of [["a.wild.test", "*.wild.test"], ["mail.test"]]) {
        const text = (isImplicit ? GREETED : OFFERED + BEGIN) + ehlo({ secure: true }) + MESSAGE +
          QUIT;
        const how = { implicit: isImplicit, client: { servername } };
        const played = await play(await connectTo(server), text, how);
        assertEquals(played.tls?.peerCertificate?.subject, `CN=${subject ?? servername}`);
      }
    });
  }
  assertEquals(names, ["a.wild.test", "mail.test", "a.wild.test", "mail.test"]);
});

Deno.test("tls.alpn: who asks for smtp gets it, handlers are told; who asks for another is refused (RFC 7301 3.2)", async () => {
  const told: (string | null | undefined)[] = [];
  const onConnect: ServerOptions["onConnect"] = ({ tls }) => void told.push(tls?.alpn);
  await serving(await implicit({ onConnect }, { alpn: ["smtp"] }), async (server) => {
    assertEquals(await handshake(server, { alpn: ["smtp"] }), "TLSv1.3 greeted");
    assertEquals(await handshake(server), "TLSv1.3 greeted");
    assertEquals(await handshake(server, { alpn: ["imap"] }), "tls");
  });
  assertEquals(told, ["smtp", null]);
});

Deno.test("the certificate's channel binding is not shown to handlers (RFC 5929 4.1)", async () => {
  const shown: string[] = [];
  const onConnect: ServerOptions["onConnect"] = ({ tls }) =>
    void shown.push(...Object.keys(tls ?? {}));
  await serving(await implicit({ onConnect }), async (server) => void await handshake(server));
  assertEquals(shown.toSorted(), [
    "alpn",
    "authorizationError",
    "authorized",
    "cipher",
    "peerCertificate",
    "protocol",
    "servername",
  ]);
});

for (const version of ["TLSv1", "TLSv1.1"] as const) {
  for (const isImplicit of [true, false]) {
    const how = isImplicit ? "implicit TLS" : "STARTTLS";
    Deno.test(`tls.legacy: a whole session over ${version} by ${how}, and handlers are told the version (RFC 8996, #211)`, async () => {
      const { server: rsa, ca } = await rsaCertificates();
      const told: (string | undefined)[] = [];
      const options: ServerOptions = {
        tls: { ...rsa, implicit: isImplicit, legacy: true },
        onMailFrom: (session) => {
          told.push(session.tls?.protocol, session.protocol);
          session.accept = true;
        },
      };
      const client = { maxVersion: version, ca: [ca.cert], legacyRenegotiation: true };
      const text = (isImplicit ? GREETED : OFFERED + BEGIN) + ehlo({ secure: true }) + MESSAGE +
        QUIT;
      await dialogue(options, text, { implicit: isImplicit, client });
      assertEquals(told, [version, "ESMTPS"]);
    });
  }
}

Deno.test("every value of Protocol is served with tls.legacy, and means what it says (spec: minProtocol, maxProtocol)", async () => {
  const { server: rsa, ca } = await rsaCertificates();
  const served = async (
    minProtocol: Protocol,
    maxProtocol: Protocol,
    versions: ClientTlsOptions["maxVersion"][],
  ): Promise<string[]> => {
    const options = { minProtocol, maxProtocol, tls: { ...rsa, implicit: true, legacy: true } };
    return await serving(options, async (server) => {
      const outcomes: string[] = [];
      for (const version of versions) {
        const client = { minVersion: version, maxVersion: version, ca: [ca.cert] };
        outcomes.push(await handshake(server, { ...client, legacyRenegotiation: true }));
      }
      return outcomes;
    });
  };
  const all = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
  assertEquals(await served(Protocol.tls1_0, Protocol.tls1_3, [...all]), [
    "TLSv1 greeted",
    "TLSv1.1 greeted",
    "TLSv1.2 greeted",
    "TLSv1.3 greeted",
  ]);
  assertEquals(await served(Protocol.tls1_1, Protocol.tls1_2, [...all]), [
    "tls",
    "TLSv1.1 greeted",
    "TLSv1.2 greeted",
    "tls",
  ]);
  assertEquals(await served(Protocol.tls1_0, Protocol.tls1_0, [...all]), [
    "TLSv1 greeted",
    "tls",
    "tls",
    "tls",
  ]);
});

Deno.test("minProtocol and maxProtocol hold in the handshake (spec: minProtocol, maxProtocol)", async () => {
  const clients: Partial<ClientTlsOptions>[] = [{ maxVersion: "TLSv1.2" }, {
    minVersion: "TLSv1.3",
  }];
  const outcomes = async (options: ServerOptions): Promise<string[]> =>
    await serving(await implicit(options), async (server) => [
      await handshake(server, clients[0]),
      await handshake(server, clients[1]),
    ]);
  assertEquals(await outcomes({}), ["TLSv1.2 greeted", "TLSv1.3 greeted"]);
  assertEquals(await outcomes({ minProtocol: Protocol.tls1_3 }), ["tls", "TLSv1.3 greeted"]);
  assertEquals(await outcomes({ maxProtocol: Protocol.tls1_2 }), ["TLSv1.2 greeted", "tls"]);
  assertEquals(await outcomes({ minProtocol: Protocol.tls1_0 }), [
    "TLSv1.2 greeted",
    "TLSv1.3 greeted",
  ]);
});

Deno.test("a server of the defaults refuses TLS 1.1 in the handshake (RFC 8996, RFC 3207 4.1, #123, #211)", async () => {
  const { server: rsa, ca } = await rsaCertificates();
  const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ca: [ca.cert] } as const;
  const met = async (legacy: boolean): Promise<string> =>
    await serving(
      { tls: { ...rsa, implicit: true, legacy } },
      async (server) => await handshake(server, { ...old, legacyRenegotiation: true }),
    );
  assertEquals([await met(false), await met(true)], ["tls", "TLSv1.1 greeted"]);
});

Deno.test("a client certificate that is required: shown, missing, of a stranger, expired (S86, N18)", async () => {
  const { ca, client, rogueClient, expiredClient } = await certificates();
  const events: string[] = [];
  const options = await implicit({
    onConnect: (session) =>
      void events.push(
        `connect ${session.tls?.authorized} ${session.tls?.peerCertificate?.subjectAltName}`,
      ),
    onDisconnect: () => void events.push("disconnect"),
  }, { rootCert: ca.cert });
  const outcomes = await serving(options, async (server) => [
    await handshake(server, client),
    await handshake(server),
    await handshake(server, rogueClient),
    await handshake(server, expiredClient),
  ]);
  assertEquals(outcomes[0], "TLSv1.3 greeted");
  for (const refused of outcomes.slice(1)) assertEquals(refused.includes("greeted"), false);
  assertEquals(events, ["connect true email:ada@example.org", "disconnect"]);
});

Deno.test("a client certificate that is asked for but not required reaches the handlers as it is", async () => {
  const { ca, client, rogueClient } = await certificates();
  const seen: unknown[] = [];
  const options = await implicit({
    onConnect: ({ tls }) =>
      void seen.push([
        tls?.authorized,
        tls?.peerCertificate !== null,
        typeof tls?.authorizationError,
      ]),
  }, { rootCert: ca.cert, verify: false });
  await serving(options, async (server) => {
    for (const shown of [client, {}, rogueClient]) {
      assertEquals(await handshake(server, shown), "TLSv1.3 greeted");
    }
  });
  assertEquals(seen, [[true, true, "object"], [false, false, "string"], [false, true, "string"]]);
});

Deno.test("verifyCertificate says it where tls.verify does not (spec: verifyCertificate)", async () => {
  const { ca } = await certificates();
  const options = await implicit({ verifyCertificate: false }, { rootCert: ca.cert });
  await serving(
    options,
    async (server) => assertEquals(await handshake(server), "TLSv1.3 greeted"),
  );
});

Deno.test("client certificates by STARTTLS (S86, N18)", async () => {
  const { ca, client, server: own } = await certificates();
  const options = { tls: { ...own, rootCert: ca.cert } };
  await dialogue(options, OFFERED + BEGIN + ehlo({ secure: true }) + MESSAGE + QUIT, { client });
  await serving(options, async (server) => {
    const refused = await play(
      await connectTo(server),
      OFFERED + BEGIN + ehlo({ secure: true }) + QUIT,
    ).then(
      () => "served",
      (error) => `${error}`,
    );
    assertStringIncludes(refused, "another dialogue");
    await play(await connectTo(server), OFFERED + QUIT);
  });
});

Deno.test("handlers are told subject, names and fingerprint of a client certificate, by implicit TLS and STARTTLS (N18)", async () => {
  const { ca, client, server: own } = await certificates();
  const x509 = new X509Certificate(client.cert);
  const seen: unknown[] = [];
  for (const isImplicit of [true, false]) {
    const options: ServerOptions = {
      tls: { ...own, rootCert: ca.cert, implicit: isImplicit },
      onMailFrom: (session) => {
        const { subject, subjectAltName, fingerprint256 } = session.tls?.peerCertificate ?? {};
        seen.push([session.tls?.authorized, subject, subjectAltName, fingerprint256]);
        session.accept = true;
      },
    };
    const text = (isImplicit ? GREETED : OFFERED + BEGIN) + ehlo({ secure: true }) + MESSAGE + QUIT;
    await dialogue(options, text, { implicit: isImplicit, client });
  }
  const told = [true, "CN=ada@example.org", "email:ada@example.org", x509.fingerprint256];
  assertEquals(seen, [told, told]);
});

Deno.test("no client certificate is asked for unless authorities are set", async () => {
  const { client } = await certificates();
  const seen: unknown[] = [];
  const options = await implicit({
    onConnect: ({ tls }) => void seen.push(tls?.authorized, tls?.peerCertificate),
  });
  await serving(
    options,
    async (server) => assertEquals(await handshake(server, client), "TLSv1.3 greeted"),
  );
  assertEquals(seen, [false, null]);
});

Deno.test("handshakes that fail leave the server as it was (S50)", async () => {
  await serving(await implicit(), async (server) => {
    for (const junk of ["GET / HTTP/1.1\r\n\r\n", "EHLO c\r\n", "\x16\x03", ""]) {
      const channel = await connectTo(server);
      await channel.write(new TextEncoder().encode(junk));
      if (junk.length < 3) channel.close();
      else while (await channel.read().catch(() => null) !== null);
      channel.close();
    }
    assertEquals(await handshake(server, { servername: "wrong.test" }), "tls");
    assertEquals(await handshake(server), "TLSv1.3 greeted");
  });
});

Deno.test("one connection too many on a port with implicit TLS is closed without a word (S78)", async () => {
  await serving(await implicit({ maxConnections: 1 }), async (server) => {
    const first = await connectTo(server);
    const second = await connectTo(server);
    assertEquals(await second.read().catch(() => null), null);
    for (const channel of [first, second]) channel.close();
  });
});
