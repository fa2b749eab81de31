/**
 * Our server with handlers on MAIL, RCPT and the message that run in a worker without permissions. Its one
 * argument is what it must be ready for (contender.ts).
 *
 * @module
 */
import { Server } from "@infinity/smtp/server";
import { serveControl } from "./control.ts";
import { optionsFor } from "./needs.ts";

const script = new URL("../handlers/accept.ts", import.meta.url);
const channel = new BroadcastChannel("bench");

/** Asks the worker (there is one: the pool's size is 1) how many messages it has accepted. */
function received(): Promise<number> {
  return new Promise((resolve) => {
    channel.onmessage = (event) => resolve(event.data.received);
    channel.postMessage("count");
  });
}

const server = new Server({
  ...optionsFor(Deno.args[0]),
  poolSize: 1,
  onMailFrom: script,
  onRcptTo: script,
  onReceive: script,
});
await server.start();
if (server.addr === null) throw new Error("Cannot serve: the server has no address");
await serveControl(server.addr.port, received);
