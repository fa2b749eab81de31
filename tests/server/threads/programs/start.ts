// A server of two threads that takes one message. Says what came of it.

import { Server } from "../../../../server/mod.ts";
import { connectTo, play } from "../../../helpers/dialogue.ts";
import { EHLO, MESSAGE, QUIT } from "../../../helpers/transcripts.ts";

const server = new Server({ hostname: "127.0.0.1", port: 0, name: "mx.test", threads: 2 });
server.onReceive = (session) => {
  session.received = true;
};
let said = "started";
try {
  await server.start();
  await play(await connectTo(server), EHLO + MESSAGE + QUIT);
} catch (error) {
  said = (error as Error).message;
}
await server.stop();
await Deno.stdout.write(new TextEncoder().encode(`${said}\n`));
