/**
 * Our server with handlers that are functions in its own thread.
 *
 * @module
 */
import { Server } from "@infinity/smtp/server";
import { serveControl } from "./control.ts";

const count = { received: 0 };
const server = new Server({
  hostname: "127.0.0.1",
  port: 0,
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
