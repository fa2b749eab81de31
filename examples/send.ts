// deno-lint-ignore-file no-console -- a program for people
/**
 * Sends a message with two attachments, and says for each recipient what the server made of it.
 *
 * Start a server first, such as maildir/server.ts beside this file; it has a mailbox for one of the two recipients. Then:
 *
 *     deno run --no-prompt --cached-only --allow-net=127.0.0.1:2525 --allow-read=examples/send.ts \
 *       --allow-env=SMTP_HOST,SMTP_PORT,SMTP_USER,SMTP_PASSWORD examples/send.ts
 *
 * Through your provider: set those variables, and put its host and port into --allow-net. TLS is then demanded and verified.
 * Arguments: the sender, then the recipients. A project of your own needs: deno add jsr:@infinity/smtp npm:nodemailer
 *
 * Permissions: net for that one server; read for the one file that is attached; env for those four variables, so that no
 * password stands in code or in the list of processes. The library that composes the message gets no more by these.
 */

import { Buffer } from "node:buffer";
import { Client, EncryptMode, SendError, type SendReport, SmtpError } from "@infinity/smtp/client";
import { formatReplyText } from "@infinity/smtp/session";
import MailComposer from "nodemailer/lib/mail-composer";

const [from = "charles@example.com", ...to] = Deno.args;
const host = Deno.env.get("SMTP_HOST") ?? "127.0.0.1";
const message = new MailComposer({
  from,
  to: to.length > 0 ? to : ["ada@example.com", "nobody@example.com"],
  subject: "Numbers – and the program that sent them",
  text: "Two attachments.\n",
  html: "<p>Two <em>attachments</em>.</p>",
  attachments: [
    { filename: "numbers.csv", content: "n,B(n)\n1,-1/2\n2,1/6\n" },
    { filename: "send.ts", content: Buffer.from(await Deno.readFile(new URL(import.meta.url))) },
  ],
  disableFileAccess: true, // what is attached is read here, never by a name that a library was given
  disableUrlAccess: true,
}).compile();

try {
  await using client = new Client({
    host,
    port: Number(Deno.env.get("SMTP_PORT") ?? 2525),
    // To this machine in clear; elsewhere TLS, from the first octet on port 465 and by STARTTLS on others.
    encryptMode: host === "127.0.0.1" ? EncryptMode.none : EncryptMode.sslTls,
    username: Deno.env.get("SMTP_USER"),
    password: Deno.env.get("SMTP_PASSWORD"),
  });
  await client.connect();
  if (!await client.authenticate()) throw new Error("The server refuses SMTP_USER, SMTP_PASSWORD");
  // The envelope is given, since recipients in Bcc are no longer in the message.
  print(await client.sendMail(await message.build(), { envelope: envelopeOf(message) }));
} catch (error) {
  if (error instanceof SendError) print(error.report);
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof SmtpError && error.temporary) console.error("A later attempt may succeed");
  Deno.exitCode = 1;
}

function envelopeOf(node: typeof message): { from: string; to: string[] } {
  const { from, to } = node.getEnvelope();
  return { from: from || "", to };
}

/** An accepted recipient has the message only where its outcome is "sent"; "unknown" must not be sent again unasked. */
function print({ outcome, recipients, size }: SendReport): void {
  for (const { address, accepted, reply } of recipients) {
    const said = reply === null ? "no reply" : formatReplyText(reply);
    console.log(`${address}: ${accepted ? "accepted" : "refused"}, ${said}`);
  }
  console.log(`The message: ${outcome}, ${size} octets`);
  if (recipients.some(({ accepted }) => !accepted)) Deno.exitCode = 1;
}
