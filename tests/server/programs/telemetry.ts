// A server of so many threads as its argument says, and a client that sends to it: one message that is taken by two of
// three recipients, and one that is refused. What is secret in it says so.

import { trace } from "@opentelemetry/api";
import { Client, EncryptMode } from "../../../client/mod.ts";
import { Server } from "../../../server/mod.ts";
import { certificates } from "../../helpers/certificates.ts";

const { server: { cert, key }, ca } = await certificates();
const server = new Server({
  hostname: "127.0.0.1",
  port: 0,
  threads: Number(Deno.args[0]),
  tls: { cert, key },
  onLogin: (session) => void (session.authenticated = session.password === "secret-password"),
  onRcptTo: "telemetry_rcpt.ts",
  onReceive: (session) => {
    if (session.msg.includes("secret-fault")) throw new Error(session.msg);
    session.received = true;
  },
});
await server.start();
await trace.getTracer("application").startActiveSpan("application", async (span) => {
  await using client = new Client({
    host: "127.0.0.1",
    port: server.addr?.port,
    encryptMode: EncryptMode.startTls,
    tls: { ca: ca.cert },
    username: "secret-ada",
    password: "secret-password",
  });
  await client.connect();
  await client.authenticate();
  const to = ["secret-bob@secret.test", "secret-eve@secret.test", "secret-cat@secret.test"];
  const envelope = { from: "secret-ada@secret.test", to };
  await client.sendMail("Subject: secret-subject\r\n\r\nsecret-text\r\n", { envelope });
  await client.sendMail("Subject: secret-fault\r\n\r\n", { envelope }).catch(() => {});
  await client.disconnect();
  span.end();
});
await server.stop();
