import type { RcptToSession } from "@infinity/smtp/session";

/** There is one mailbox here. */
export default function rcptTo(session: RcptToSession): void {
  session.accept = session.address.toLowerCase() === "ada@example.com";
}
