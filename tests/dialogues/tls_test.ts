import { assertEquals, assertStringIncludes } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
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

Deno.test("implicit TLS: a session as any other, without STARTTLS (RFC 8314 3.3, S89)", async () => {
  const facts: unknown[] = [];
  const onConnect: ServerOptions["onConnect"] = ({ secure, tls }) =>
    void facts.push(secure, tls?.servername, tls?.protocol, tls?.authorized);
  await dialogue(
    await implicit({ onConnect }),
    GREETED + ehlo() + MESSAGE + "C: STARTTLS\nS: 503 5.5.1 TLS is active already\n" + QUIT,
    { implicit: true },
  );
  assertEquals(facts, [true, "mail.test", "TLSv1.3", false]);
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

Deno.test("a client certificate that is asked for but not required reaches the handlers as it is (S86)", async () => {
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
  await dialogue(options, OFFERED + BEGIN + ehlo() + MESSAGE + QUIT, { client });
  await serving(options, async (server) => {
    const refused = await play(await connectTo(server), OFFERED + BEGIN + ehlo() + QUIT).then(
      () => "served",
      (error) => `${error}`,
    );
    assertStringIncludes(refused, "another dialogue");
    await play(await connectTo(server), OFFERED + QUIT);
  });
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
