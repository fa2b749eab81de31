// deno-lint-ignore-file no-console -- a program for people
/**
 * Receives mail for one mailbox, and stores it in a Maildir. What was answered 250 survives a crash and a power cut.
 *
 *     deno run --no-prompt --cached-only --unstable-worker-options --allow-net=127.0.0.1:2525 \
 *       --allow-read=. --allow-write=examples/maildir/mail examples/maildir/server.ts
 *
 * An argument is another port. In a project of your own: deno add jsr:@infinity/smtp
 *
 * Permissions: net to listen on that one address; read for the scripts (and, in this repository, the library); write for the
 * Maildir. The script that stores has the Maildir alone, to read and to write: to rename takes both. The script that judges
 * recipients has nothing. Nobody may connect anywhere, see the environment, or start a program.
 */

import { Server } from "@infinity/smtp/server";

const maildir = new URL("mail/", import.meta.url);
for (const folder of ["tmp", "new", "cur"]) {
  await Deno.mkdir(new URL(folder, maildir), { recursive: true });
}

const server = new Server({
  hostname: "127.0.0.1",
  port: Number(Deno.args[0] ?? 2525),
  name: "mx.example.com",
});
server.onRcptTo = new URL("rcpt_to.ts", import.meta.url);
server.onReceive = {
  script: new URL("receive.ts", import.meta.url),
  permissions: { read: [maildir], write: [maildir] },
};
server.onError = (error, where) => console.error(`${where}: ${error.message}`);
// Ctrl-C: messages under way are finished first.
Deno.addSignalListener("SIGINT", () => void server.stop());
await server.start();
console.log(`Listening on port ${server.addr?.port}`);
