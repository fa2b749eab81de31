/**
 * The server behind a test server.
 *
 * @module
 */

import type { AuthOptions, ServerOptions, ServerTlsSettings } from "../server/options.ts";
import { Server } from "../server/server.ts";
import type { LoginSession } from "../session/handler/events.ts";
import type { TraceLine } from "../session/trace.ts";
import type { ServerCertificate } from "./certificates.ts";
import { CapturedMessage } from "./message.ts";
import type { MailServerOptions } from "./options.ts";

/** Who is told of what comes in. */
export interface ServerEvents {
  /** A message was taken. */
  receive(message: CapturedMessage): void;
  /** A line was said. */
  trace(line: TraceLine): void;
}

/**
 * Makes a server that takes every message.
 *
 * @param options What the test says.
 * @param certificate Its certificate; null: no TLS.
 * @param events Who is told.
 * @returns The server, which does not run yet.
 */
export function createServer(
  options: MailServerOptions,
  certificate: ServerCertificate | null,
  events: ServerEvents,
): Server {
  const { name = "mail.test", users, limits, timeouts, protocol, chunking = false } = options;
  return new Server({
    name,
    protocol,
    extensions: { chunking },
    limits,
    // What is still open when a test has ended has no message that the test waits for.
    timeouts: { stop: 0, ...timeouts },
    tls: tlsSettings(options, certificate),
    ...(users === undefined ? {} : loginOptions(users)),
    trace: (line) => events.trace(line),
    onReceive: async (session) => {
      events.receive(await CapturedMessage.capture(session));
      session.received = true;
    },
  });
}

function tlsSettings(
  { tls }: MailServerOptions,
  certificate: ServerCertificate | null,
): ServerTlsSettings {
  if (certificate === null) return {};
  const { cert, key } = certificate;
  return { cert, key, implicit: tls === "implicit", required: tls === "required" };
}

function loginOptions(
  users: NonNullable<MailServerOptions["users"]>,
): Pick<ServerOptions, "auth" | "onLogin"> {
  const auth = (...mechanisms: string[]): AuthOptions => ({ required: true, mechanisms });
  if (users === "any") {
    return { auth: auth("PLAIN", "LOGIN"), onLogin: (login) => void (login.authenticated = true) };
  }
  const passwords = new Map(Object.entries(users));
  return {
    auth: auth("PLAIN", "LOGIN", "CRAM-MD5"),
    onLogin: (login) => judge(login, passwords.get(login.username)),
  };
}

function judge(login: LoginSession, password: string | undefined): void {
  if (password === undefined) login.authenticated = false;
  else if (login.password === null) login.secret = password;
  else login.authenticated = login.password === password;
}
