/** Handlers of a server that decides by name, in a worker without permissions. */

import type { LoginSession, MailFromSession, RcptToSession } from "@infinity/smtp/session";

const USER = "ada@example.org";
const PASSWORD = "p ä\"$=\\'+/&%";

/** Lets Ada in. */
export function onLogin(session: LoginSession): void {
  if (session.username !== USER) session.authenticated = false;
  else if (session.password === null) session.secret = PASSWORD;
  else session.authenticated = session.password === PASSWORD;
}

/** Refuses one sender. */
export async function onMailFrom(session: MailFromSession): Promise<void> {
  await Promise.resolve();
  session.accept = session.address !== "refused@example.org";
}

/** Refuses one recipient, and defers another. */
export function onRcptTo(session: RcptToSession): void {
  if (session.address === "later@example.org") session.defer("4.2.1 Come again later");
  else session.accept = session.address !== "nobody@example.org";
}
