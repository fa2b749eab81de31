/** A whole session, with TLS, a login and a fault, in a process that may do nothing. */

import { connectPair } from "../../../testing/mod.ts";

await using pair = await connectPair({ tls: "required", users: { ada: "analytical" } }, {
  username: "ada",
  password: "analytical",
});
const { client, mail } = pair;
if (!await client.authenticate()) throw new Error("not authenticated");
mail.fault({ at: "RCPT", to: "eve@example.com", reply: "550 5.1.1 There is no Eve here" });
const { rejected } = await client.sendMail(
  "From: ada@example.com\r\nTo: bob@example.com, eve@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello\r\n",
);
const { subject, to, login, tls, parsed } = await mail.next({ subject: "Grüße" });
const { text } = await parsed.call(mail.messages[0]);
const refused = rejected.map(({ address }) => address);
// deno-lint-ignore no-console -- what the test reads
console.log(JSON.stringify([subject, to, login, tls?.protocol, text, refused]));
