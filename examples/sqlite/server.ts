// deno-lint-ignore-file no-console -- a program for people
/**
 * Receives mail, takes it apart with postal-mime, and files it in an SQLite database: messages, recipients, attachments.
 *
 *     deno run --no-prompt --cached-only --unstable-worker-options --allow-net=127.0.0.1:2525 \
 *       --allow-read=. --allow-write=examples/sqlite/mail examples/sqlite/server.ts
 *
 * An argument is another port. In a project of your own: deno add jsr:@infinity/smtp npm:postal-mime. To look at what came:
 * sqlite3 examples/sqlite/mail/mail.db "select subject, address from messages join recipients using (message)"
 *
 * Permissions: net to listen on that one address; read for the script (and, in this repository, the library); write for the
 * folder of the database. The script, which parses what strangers wrote, may read and write the database and nothing else.
 * The files that SQLite keeps beside it, mail.db-wal and mail.db-shm, need no grant: SQLite opens them by itself.
 */

import { Server } from "@infinity/smtp/server";

const folder = new URL("mail/", import.meta.url);
await Deno.mkdir(folder, { recursive: true });
const database = new URL("mail.db", folder);

const server = new Server({
  hostname: "127.0.0.1",
  port: Number(Deno.args[0] ?? 2525),
  name: "mx.example.com",
});
server.onReceive = {
  script: new URL("receive.ts", import.meta.url),
  permissions: { read: [database], write: [database] },
};
server.onError = (error, where) => console.error(`${where}: ${error.message}`);
Deno.addSignalListener("SIGINT", () => void server.stop());
await server.start();
console.log(`Listening on port ${server.addr?.port}`);
