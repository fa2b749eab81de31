/**
 * What a server's replies mean to a client.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { printable } from "../../session/wire/escape.ts";
import { formatReplyText, type Reply } from "../../session/wire/reply.ts";
import type { Secrets } from "./secrets.ts";

/**
 * Whether a reply says yes. A code that is not known counts by its first digit
 * ([RFC 5321, section 4.3.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.3.2)).
 *
 * @param reply The reply.
 * @returns Whether it is a 2yz.
 */
export function isPositive(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

/**
 * Whether a reply says no, for now (4yz) or for good (5yz).
 *
 * @param reply The reply.
 * @returns Whether it refuses.
 */
export function isRefusal(reply: Reply): boolean {
  return reply.code >= 400;
}

/**
 * A reply on one line, fit for a log or an error.
 *
 * @param reply The reply.
 * @returns Such as `550 5.1.1 no such user`; the lines of a longer one are joined by ` / `.
 */
export function replyLine(reply: Reply): string {
  // formatReplyText() escapes, and each line end left in it is its own.
  return formatReplyText(reply).split("\n").join(" / ");
}

/**
 * The error for a reply that says no.
 *
 * @param action What could not be done, as `"send"`.
 * @param command What was answered so, its secrets masked.
 * @param reply The reply.
 * @returns The error.
 */
export function refusal(action: string, command: string, reply: Reply): SmtpError {
  return new SmtpError(
    "reply",
    `Cannot ${action}: the server answered ${printable(command, 200)} with ${replyLine(reply)}`,
    { reply, command },
  );
}

/**
 * The error for a reply that has no place where it came.
 *
 * @param command What was answered so, its secrets masked.
 * @param reply The reply.
 * @returns The error.
 */
export function misplaced(command: string, reply: Reply): SmtpError {
  return new SmtpError(
    "protocol",
    `Cannot go on after ${printable(command, 200)}: the reply does not fit, got ${
      replyLine(reply)
    }`,
    { reply, command, temporary: false },
  );
}

/**
 * The error for a reply that ends the session: 421, which may come in place of any other
 * ([RFC 5321, section 3.8](https://www.rfc-editor.org/rfc/rfc5321#section-3.8)), and a 221 that was not asked for.
 *
 * @param reply The reply.
 * @param command What was answered so, its secrets masked.
 * @returns The error; null for any other reply.
 */
export function sessionEnd(reply: Reply, command: string): SmtpError | null {
  if (reply.code !== 421 && (reply.code !== 221 || command === "QUIT")) return null;
  const text = replyLine(reply);
  if (reply.code === 421) {
    const message = `Cannot go on: the server ended the session, ${text}`;
    return new SmtpError("reply", message, { reply, command, temporary: true });
  }
  const message = `Cannot go on after ${printable(command, 200)}: the server said goodbye, ${text}`;
  return new SmtpError("protocol", message, { reply, command, temporary: true });
}

/**
 * The error for what a server said without having been asked.
 *
 * @param before What was to be sent next, its secrets masked.
 * @param reply The reply; null for a part of one.
 * @returns The error.
 */
export function unasked(before: string, reply: Reply | null): SmtpError {
  const got = reply === null ? "a part of a reply" : replyLine(reply);
  const next = printable(before, 200);
  return new SmtpError(
    "protocol",
    `Cannot go on with ${next}: the server spoke before it was asked, got ${got}`,
    { reply, temporary: false },
  );
}

/**
 * The error for a server that has closed the connection.
 *
 * @param command What it did not answer, its secrets masked.
 * @returns The error.
 */
export function serverClosed(command: string): SmtpError {
  const text = printable(command, 200);
  return new SmtpError(
    "connection",
    `Cannot read the reply to ${text}: the server closed the connection`,
    { command },
  );
}

/**
 * The error for octets in clear behind the reply to STARTTLS
 * ([RFC 3207, section 6](https://www.rfc-editor.org/rfc/rfc3207#section-6)).
 *
 * @returns The error.
 */
export function injected(): SmtpError {
  return new SmtpError(
    "protocol",
    "Cannot set up TLS: the server sent more in clear behind its reply to STARTTLS, which may have been injected",
    { temporary: false },
  );
}

/**
 * The error for a connection on which reading or writing failed.
 *
 * @param thrown What was thrown: a SyntaxError where the server sent what is no reply.
 * @param secrets What must not be shown.
 * @returns The error.
 */
export function lost(thrown: unknown, secrets: Secrets): SmtpError {
  const kind = thrown instanceof SyntaxError ? "protocol" : "connection";
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const message = secrets.mask(text);
  // A cause would show what is masked here.
  const cause = message === text ? thrown : undefined;
  return new SmtpError(kind, message, { cause, temporary: kind === "connection" });
}
