// deno-lint-ignore-file no-console -- a program for people
/**
 * Checks who mail is from: SPF, DKIM and DMARC, by mailauth. What its sender's domain wants rejected is rejected.
 *
 *     deno run --no-prompt --cached-only --unstable-worker-options --allow-net=127.0.0.1:2525,192.0.2.53:53 \
 *       --allow-read=. examples/dmarc/server.ts 192.0.2.53:53
 *
 * The argument, and the second address of --allow-net, is your nameserver: a resolver of your own, best on the same machine.
 * A second argument is another port. In a project of your own: deno add jsr:@infinity/smtp npm:mailauth
 *
 * Permissions: net to listen, and to ask that nameserver; read for the script (and, in this repository, the library). The
 * script, which looks into what strangers wrote, may ask the nameserver and nothing else. mailauth needs no environment, no
 * file, and not the machine's name, since `mta` names it; its BIMI check, which fetches pictures by HTTP, is off.
 */

import { Server } from "@infinity/smtp/server";

const [nameserver, port = "2525"] = Deno.args;
if (nameserver === undefined) {
  console.error("Usage: server.ts nameserver:port [port]");
  Deno.exit(64);
}
const server = new Server({ hostname: "127.0.0.1", port: Number(port), name: "mx.example.com" });
server.onReceive = {
  script: new URL("receive.ts", import.meta.url),
  permissions: { net: [nameserver] },
};
server.onError = (error, where) => console.error(`${where}: ${error.message}`);
Deno.addSignalListener("SIGINT", () => void server.stop());
await server.start();
console.log(`Listening on port ${server.addr?.port}`);
