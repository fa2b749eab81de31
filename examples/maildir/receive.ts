import type { ReceiveSession } from "@infinity/smtp/session";

const maildir = new URL("mail/", import.meta.url);

/**
 * Delivers as https://cr.yp.to/proto/maildir.html has it: whole and on the disk in `tmp`, then renamed into `new`, where mail
 * programs look. Whatever fails here throws; the client then reads 451 and comes again.
 */
export default async function receive(session: ReceiveSession): Promise<void> {
  const name = uniqueName();
  const unfinished = new URL(`tmp/${name}`, maildir);
  // The server that delivers finally says who the bounces go to (RFC 5321 4.4).
  const returnPath = new TextEncoder().encode(`Return-Path: <${session.mailFrom.address}>\r\n`);
  try {
    await writeDurably(unfinished, [returnPath, session.raw]);
    await Deno.rename(unfinished, new URL(`new/${name}`, maildir));
  } catch (error) {
    await Deno.remove(unfinished).catch(() => {}); // the error is what matters
    throw error;
  }
  await syncFolder(new URL("new/", maildir));
  session.received = true; // only now: a 250 is a promise
}

/** Seconds, then what tells two messages of a second apart, then the host; several workers share a process. */
function uniqueName(): string {
  const now = Date.now();
  const random = crypto.randomUUID().replaceAll("-", "");
  return `${Math.floor(now / 1000)}.M${now % 1000}P${Deno.pid}R${random}.mx.example.com`;
}

async function writeDurably(path: URL, parts: readonly Uint8Array[]): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  for (const part of parts) {
    for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
  }
  await file.sync();
}

/** The new name is on the disk once its folder is. Windows cannot open a folder, and writes names at once. */
async function syncFolder(path: URL): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path);
  await folder.sync();
}
