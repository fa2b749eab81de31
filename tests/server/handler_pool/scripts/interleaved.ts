// Two events in one worker: the first waits for the second.
import type { MailFromSession } from "../../../../session/handler/session.ts";

const waiting: MailFromSession[] = [];
const second = Promise.withResolvers<void>();

export default async function (session: MailFromSession): Promise<void> {
  session.state.mine = session.address;
  waiting.push(session);
  if (waiting.length === 2) second.resolve();
  await second.promise;
  const mixed = waiting[0] === waiting[1] || waiting[0].state === waiting[1].state ||
    session.state.mine !== session.address;
  if (session.address.startsWith("no")) session.accept = false;
  else session.accept = !mixed;
}
