import type { RcptToSession } from "@infinity/smtp/session";

/** Tries to read what it was not granted: this throws, and the client is told to come again later. */
export default async function rcptTo(session: RcptToSession): Promise<void> {
  await Deno.readTextFile(new URL("../server.ts", import.meta.url));
  session.accept = true;
}
