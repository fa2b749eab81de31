// One script for several events: exports by name, and one by default.
import type {
  LoginSession,
  MailFromSession,
  ReceiveSession,
} from "../../../../session/handler/session.ts";

export function onLogin(session: LoginSession): void {
  session.authenticated = session.username === "ada" && session.password === "analytical";
}

export async function onReceive(session: ReceiveSession): Promise<void> {
  await Promise.resolve();
  session.state.size = session.raw.length;
  session.received = session.msg.includes("hello");
}

export default function (session: MailFromSession): void {
  if (session.address === "later@example.com") session.defer("4.7.1 come again");
  else if (session.address === "never@example.com") session.reject(550, "5.7.1 go away");
  else session.accept = session.address.endsWith("@example.com");
}
