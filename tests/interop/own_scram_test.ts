/** Our client logs in at our server by SCRAM: in workers, by passwords and stored keys, and with somebody in between. */

import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { AuthMode, type ClientOptions, EncryptMode } from "@infinity/smtp/client";
import { createStoredKey, type ServerOptions } from "@infinity/smtp/server";
import { certificates } from "../helpers/certificates.ts";
import { type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";
import { deliver, localClient } from "./_client.ts";
import { PLAIN } from "./_messages.ts";
import { PASSWORD, recorder, USER } from "./_server.ts";

const PLUS = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"];
const MECHANISMS = ["SCRAM-SHA-1", "SCRAM-SHA-256", ...PLUS];

/** The credentials, with everything between the two forms of a letter. */
const ADA: ClientOptions = {
  authMode: AuthMode.sasl,
  username: USER,
  password: PASSWORD.normalize("NFD"),
};

function hashOf(mechanism: string): "SCRAM-SHA-1" | "SCRAM-SHA-256" {
  return mechanism.startsWith("SCRAM-SHA-256") ? "SCRAM-SHA-256" : "SCRAM-SHA-1";
}

/** A server with these mechanisms that knows one account. */
function logins(mechanisms: readonly string[], secret: string): ServerOptions {
  return {
    auth: { mechanisms: [...mechanisms], insecure: "loopback" },
    onLogin(session): void {
      if (session.username === USER) session.secret = secret;
      else session.authenticated = false;
    },
  };
}

for (const mechanism of MECHANISMS) {
  for (const implicit of [false, true]) {
    const how = implicit ? "over implicit TLS" : "after STARTTLS";
    Deno.test(`our client and server: ${mechanism} ${how} (RFC 5802, RFC 7677)`, async () => {
      for (const stored of [false, true]) {
        const secret = stored
          ? await createStoredKey(PASSWORD, { mechanism: hashOf(mechanism), iterations: 5000 })
          : PASSWORD;
        await using server = await recorder({ ...logins([mechanism], secret), tls: { implicit } });
        const encryptMode = implicit ? EncryptMode.implicitTls : EncryptMode.startTls;
        await deliver(server.port, { ...ADA, encryptMode }, PLAIN.bytes);
        assertEquals(server.mail.map((mail) => mail.mechanism), [mechanism]);
        await using client = await localClient(server.port, {
          ...ADA,
          encryptMode,
          password: "wrong",
        });
        await client.connect();
        assertFalse(await client.authenticate());
        assertEquals(server.faults, []);
      }
    });
  }
}

Deno.test("our client and server: the strongest that both have is taken, bound to the channel", async () => {
  const offered = ["PLAIN", "LOGIN", "CRAM-MD5", ...MECHANISMS];
  await using server = await recorder(logins(offered, PASSWORD));
  await deliver(server.port, { ...ADA, encryptMode: EncryptMode.startTls }, PLAIN.bytes);
  await deliver(server.port, { ...ADA, encryptMode: EncryptMode.none }, PLAIN.bytes);
  assertEquals(
    server.mail.map((mail) => mail.mechanism),
    ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"],
  );
});

Deno.test("our client and server: a script in a worker gives the stored key (RFC 5803)", async () => {
  const key = await createStoredKey(PASSWORD);
  await using server = await recorder();
  const script = await server.folder.write(
    "login.js",
    `export default function (session) {
      if (session.password === null) session.secret = ${JSON.stringify(key)};
    }`,
  );
  await using worker = await recorder({
    auth: { mechanisms: ["SCRAM-SHA-256"], insecure: "loopback" },
    onLogin: new URL(`file://${script}`),
  });
  await deliver(worker.port, { ...ADA, encryptMode: EncryptMode.none }, PLAIN.bytes);
  assertEquals(worker.mail.map((mail) => mail.mechanism), ["SCRAM-SHA-256"]);
});

/** Somebody in between: another certificate towards the client, a connection of its own to the server. */
async function between(
  peer: ScriptPeer,
  port: number,
  change: (reply: string) => string,
): Promise<void> {
  const { rogueServer, ca } = await certificates();
  await peer.upgrade(rogueServer);
  using conn = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: [ca.cert] });
  const buffer = new Uint8Array(65_536);
  for (let round = 0; round < 20; round++) {
    let reply = "";
    while (!isWhole(reply)) {
      const read = await conn.read(buffer);
      if (read === null) return;
      reply += new TextDecoder().decode(buffer.subarray(0, read));
    }
    await peer.say(change(reply));
    const line = await peer.line();
    if (line === null) return;
    await conn.write(new TextEncoder().encode(`${line}\r\n`));
  }
}

/** Whether the last line of a reply has come. */
function isWhole(reply: string): boolean {
  if (!reply.endsWith("\r\n")) return false;
  return reply.slice(0, -2).split("\r\n").at(-1)?.charAt(3) === " ";
}

/** Logs in through somebody in between, whose certificate the client takes unseen. */
async function deceived(
  mechanisms: readonly string[],
  change: (reply: string) => string = (reply) => reply,
): Promise<boolean> {
  await using server = await recorder({ ...logins(mechanisms, PASSWORD), tls: { implicit: true } });
  await using proxy = new ScriptServer((peer) => between(peer, server.port, change));
  await using client = await localClient(proxy.port, {
    ...ADA,
    encryptMode: EncryptMode.implicitTls,
    verifyServerCertificate: false,
  });
  await client.connect();
  return await client.authenticate();
}

Deno.test("who stands in between with another certificate gets no login that is bound (RFC 5802 6, RFC 5929 4, A5)", async () => {
  for (const mechanism of PLUS) assertFalse(await deceived([mechanism]), mechanism);
  assert(await deceived(["SCRAM-SHA-256"]), "without a binding nobody notices");
});

Deno.test("who stands in between and hides -PLUS is found out by the server (RFC 5802 6, A5)", async () => {
  const hide = (reply: string): string => reply.replace("SCRAM-SHA-256-PLUS ", "");
  const offered = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"];
  const error = await assertRejects(() => deceived(offered, hide));
  assertEquals((error as Error).message.includes("Channel binding is offered"), true, `${error}`);
});
