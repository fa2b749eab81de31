import type { ReceiveSession } from "@infinity/smtp/session";

/** The one folder that this script may write to. */
const folder = new URL("../mail/", import.meta.url);

/** Stores the message so that it survives a power cut, and only then takes it: a 250 is a promise. */
export default async function receive(session: ReceiveSession): Promise<void> {
  const name = crypto.randomUUID();
  const unfinished = new URL(`${name}.tmp`, folder);
  using file = await Deno.open(unfinished, { write: true, createNew: true });
  for (let at = 0; at < session.raw.length;) at += await file.write(session.raw.subarray(at));
  await file.sync();
  await Deno.rename(unfinished, new URL(`${name}.eml`, folder));
  await syncFolder();
  session.state.stored = `${name}.eml`;
  session.received = true;
}

/** The new name is safe once the folder is. Windows cannot open a folder, and writes names at once. */
async function syncFolder(): Promise<void> {
  if (Deno.build.os === "windows") return;
  using opened = await Deno.open(folder);
  await opened.sync();
}
