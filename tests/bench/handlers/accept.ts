/**
 * The handlers of the benchmark, run in a worker: accept everything, and count the messages. The
 * count is told over a channel of its own and only when asked, so that counting costs nothing.
 *
 * @module
 */
import type { MailFromSession, RcptToSession, ReceiveSession } from "@infinity/smtp/session";

const count = { received: 0 };
const channel = new BroadcastChannel("bench");
channel.onmessage = (event) => {
  if (event.data === "count") channel.postMessage({ received: count.received });
};

/** Accepts every sender. */
export function onMailFrom(session: MailFromSession): void {
  session.accept = true;
}

/** Accepts every recipient. */
export function onRcptTo(session: RcptToSession): void {
  session.accept = true;
}

/** Accepts and drops every message. */
export function onReceive(session: ReceiveSession): void {
  count.received++;
  session.received = true;
}
