/**
 * Our server with handlers that are functions in its own thread. Its one argument is what it must be
 * ready for (contender.ts).
 *
 * @module
 */
import { Server } from "@infinity/smtp/server";
import { serveControl } from "./control.ts";
import { optionsFor } from "./needs.ts";

const count = { received: 0 };
const server = new Server({
  ...optionsFor(Deno.args[0]),
  onMailFrom: (session) => {
    session.accept = true;
  },
  onRcptTo: (session) => {
    session.accept = true;
  },
  onReceive: (session) => {
    count.received++;
    session.received = true;
  },
});
await server.start();
if (server.addr === null) throw new Error("Cannot serve: the server has no address");
await serveControl(server.addr.port, () => count.received);
