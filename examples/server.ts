// deno-lint-ignore-file no-console -- a program for people
/**
 * A server whose handler scripts run in workers. `deno task start` runs it until Ctrl-C; the demonstration uses it too.
 *
 * The scripts for login, sender and recipient have no permissions at all. The one that receives may read and write one folder,
 * `mail/` beside this file, and nothing else.
 */

import { parseArgs } from "@std/cli/parse-args";
import { Server, type ServerOptions } from "@infinity/smtp/server";
import { type Certificate, makeCertificate } from "./certificate.ts";

/** The folder that the messages are stored in. */
export const mailFolder = new URL("mail/", import.meta.url);

/** Makes the server; it does not listen yet. */
export function exampleServer(certificate: Certificate, options: ServerOptions = {}): Server {
  const server = new Server({
    hostname: "127.0.0.1",
    name: "localhost",
    tls: certificate,
    ...options,
  });
  server.onLogin = new URL("handlers/login.ts", import.meta.url);
  server.onMailFrom = new URL("handlers/mail_from.ts", import.meta.url);
  server.onRcptTo = new URL("handlers/rcpt_to.ts", import.meta.url);
  server.onReceive = {
    script: new URL("handlers/receive.ts", import.meta.url),
    // To rename a file takes both.
    permissions: { read: [mailFolder], write: [mailFolder] },
  };
  return server;
}

if (import.meta.main) {
  await Deno.mkdir(mailFolder, { recursive: true });
  const { port } = parseArgs(Deno.args, { string: ["port"], default: { port: "2525" } });
  await using server = exampleServer(await makeCertificate(), { port: Number(port) });
  server.onError = (error, where) => console.error(`${where}: ${error.message}`);
  const stop = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", stop.resolve);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop.resolve);
  await server.start();
  const listening = server.addr?.port;
  console.log(`Listening on 127.0.0.1 port ${listening}, storing to ${mailFolder.pathname}`);
  console.log(
    `Send to it: curl --crlf --ssl-reqd --insecure --url smtp://127.0.0.1:${listening} ` +
      "--user ada:analytical --mail-from ada@example.com --mail-rcpt charles@example.com " +
      "--upload-file examples/message.eml",
  );
  await stop.promise;
  console.log("Stopping");
}
