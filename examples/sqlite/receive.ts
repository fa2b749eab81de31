import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { ReceiveSession } from "@infinity/smtp/session";
import PostalMime, { type Email } from "postal-mime";

// A path, not a URL: Deno would take the URL for a path when it looks at the permissions.
const path = fileURLToPath(new URL("mail/mail.db", import.meta.url));
const database = new DatabaseSync(path, { timeout: 5_000 }); // another program may be writing
database.exec(`
  pragma journal_mode = wal;
  pragma synchronous = full; -- a commit is on the disk before it returns
  create table if not exists messages (
    message text primary key, message_id text, sender text, subject text, date text, body text, raw blob
  ) strict;
  create table if not exists recipients (
    message text references messages, address text, primary key (message, address)
  ) strict;
  create table if not exists attachments (
    message text references messages, number int, name text, type text, content blob, primary key (message, number)
  ) strict;
`);
const insert = {
  message: database.prepare("insert or ignore into messages values (?, ?, ?, ?, ?, ?, ?)"),
  recipient: database.prepare("insert or ignore into recipients values (?, ?)"),
  attachment: database.prepare("insert or ignore into attachments values (?, ?, ?, ?, ?)"),
};

export default async function receive(session: ReceiveSession): Promise<void> {
  const { raw } = session;
  let email: Email;
  try {
    email = await PostalMime.parse(raw, { attachmentEncoding: "arraybuffer" });
  } catch {
    // It would be the same at the next attempt.
    session.reject(554, "5.6.0 This message cannot be parsed");
    return;
  }
  file(session, raw, email);
  session.received = true;
}

/**
 * All or nothing, and no matter how often: a client that did not read our 250 sends the same octets again, and they are filed
 * once. Their hash tells so. A Message-ID would not do: whoever guesses one could keep the true message out.
 */
function file(session: ReceiveSession, raw: Uint8Array, email: Email): void {
  const message = createHash("sha256").update(raw).digest("hex");
  const { messageId = null, subject = null, date = null, text, html } = email;
  database.exec("begin immediate");
  try {
    const body = text ?? html ?? null;
    insert.message.run(message, messageId, session.mailFrom.address, subject, date, body, raw);
    for (const { address } of session.rcptTo) insert.recipient.run(message, address);
    for (const [number, { filename, mimeType, content }] of email.attachments.entries()) {
      insert.attachment.run(message, number, filename, mimeType, octets(content));
    }
    database.exec("commit");
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error; // the client reads 451, and comes again
  }
}

function octets(content: ArrayBuffer | Uint8Array | string): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
}
