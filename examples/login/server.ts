// deno-lint-ignore-file no-console -- a program for people
/**
 * Takes mail from those who log in. Users stand in users.yaml beside this file, with a hash in place of their password.
 *
 *     deno run --no-prompt --cached-only --unstable-worker-options --allow-net=127.0.0.1:2525 \
 *       --allow-read=. examples/login/server.ts
 *
 * An argument is another port. hash.ts makes a line for users.yaml; a change holds from the next login on. In a project of your
 * own: deno add jsr:@infinity/smtp jsr:@std/yaml jsr:@std/cli. Passwords arrive by PLAIN and LOGIN; CRAM-MD5 needs them unhashed.
 *
 * Permissions: net to listen on that one address; read for the scripts and users.yaml (and, in this repository, the library).
 * The script that sees passwords may read users.yaml and nothing else: it cannot write them down, or send them anywhere.
 * Set a certificate before you listen elsewhere than on this machine: without one, nobody else is offered a login.
 */

import { Server } from "@infinity/smtp/server";

const server = new Server({
  hostname: "127.0.0.1",
  port: Number(Deno.args[0] ?? 2525),
  name: "smtp.example.com",
});
server.onLogin = {
  script: new URL("login.ts", import.meta.url),
  permissions: { read: [new URL("users.yaml", import.meta.url)] },
  concurrency: 2, // each hash takes 32 MiB while it is made; who waits longer than the timeout is told to come again
};
server.onReceive = (session) => {
  console.log(`${session.username} sends, in ${session.raw.length} octets:\n${session.msg}`);
  session.received = true; // to be shown is all that becomes of mail here; maildir/ and sqlite/ keep it
};
server.onError = (error, where) => console.error(`${where}: ${error.message}`);
Deno.addSignalListener("SIGINT", () => void server.stop());
await server.start();
console.log(`Listening on port ${server.addr?.port}`);
