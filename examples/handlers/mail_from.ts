import type { MailFromSession } from "@infinity/smtp/session";

/** Who is logged in may send as themselves alone. */
export default function mailFrom(session: MailFromSession): void {
  session.accept = session.address === `${session.username}@example.com`;
}
