import type { RcptToSession } from "@infinity/smtp/session";

const mailboxes = new Set(["ada@example.com", "charles@example.com"]);

export default function rcptTo(session: RcptToSession): void {
  session.accept = mailboxes.has(session.address);
}
