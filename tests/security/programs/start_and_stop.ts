// A server that is started, used and stopped, after which nothing may keep the process: no process.exit, no Deno.exit.

import { Server } from "../../../server/mod.ts";
import { connectTo, play } from "../../helpers/dialogue.ts";
import { certificates } from "../../helpers/certificates.ts";
import { ehlo, GREETED, MESSAGE, QUIT } from "../../helpers/transcripts.ts";

const { server: own } = await certificates();
const server = new Server({ hostname: "127.0.0.1", port: 0, name: "mx.test", tls: own });
server.onReceive = async (session) => {
  await Promise.resolve();
  session.received = true;
};
await server.start();
await play(
  await connectTo(server),
  GREETED + ehlo({ startTls: true }) + MESSAGE + QUIT,
);
await play(
  await connectTo(server),
  GREETED + "C: STARTTLS\nS: 220 {any}\n== TLS\n" + ehlo({ secure: true }) + MESSAGE + QUIT,
);
const idle = await connectTo(server);
await idle.read();
const { aborted } = await server.stop();
idle.close();
await Deno.stdout.write(new TextEncoder().encode(`stopped, ${aborted} aborted\n`));
