// Loops for ever where the address asks for it; only for a process that is killed afterwards.
import type { RcptToSession } from "../../../../session/handler/session.ts";

export default async function (session: RcptToSession): Promise<void> {
  if (session.address.startsWith("never")) await new Promise(() => {});
  while (session.address.startsWith("loop"));
  if (session.address.startsWith("busy")) {
    const end = Date.now() + 600;
    while (Date.now() < end);
  }
  session.accept = true;
}
