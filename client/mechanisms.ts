/**
 * Which SASL mechanisms a client may use with a server.
 *
 * @module
 */

import { SmtpError } from "../session/errors.ts";
import { MECHANISMS, readMechanisms, type SaslMechanism } from "../session/sasl/mod.ts";
import { isLoopback } from "../session/transport/loopback.ts";
import type { Connection } from "./connection/connection.ts";
import { AuthMode } from "./enums.ts";
import { authModeOf, type Settings } from "./settings.ts";

/** Those of the specification's `AuthMode.default`. */
const DEFAULT: readonly SaslMechanism[] = readMechanisms("authMode", ["PLAIN", "LOGIN"]);

/** Those in which nobody can be named to act as. */
const WITHOUT_AUTHZID: readonly string[] = ["LOGIN", "CRAM-MD5", "XOAUTH2"];

/**
 * Chooses the mechanisms that both sides have and for which there is all that they need.
 *
 * @param connection The connection.
 * @param settings What the client has been told.
 * @returns At least one, the first choice first.
 * @throws {TypeError} If a username, a password, a token or a certificate is missing.
 * @throws {SmtpError} Kind `auth` if the connection is in clear, no mechanism is left, or the server has less to offer than before TLS.
 */
export function chooseMechanisms(
  connection: Connection,
  settings: Readonly<Settings>,
): readonly SaslMechanism[] {
  const { username, token, tls } = settings;
  if (username === "" && token === null && tls.cert === null) {
    throw new TypeError('Cannot authenticate: set "username" first');
  }
  if (connection.ends.tls === null && !settings.insecureAuth && mayBeRead(connection)) {
    throw failed(
      'the connection is not encrypted; set "encryptMode", or "insecureAuth" to let the password cross the network in clear',
    );
  }
  const ours = usable(connection, settings);
  const offered = connection.capabilities.get("AUTH");
  const common = ours.filter(({ name }) => offered?.includes(name) ?? false);
  if (common.length === 0) {
    const got = offered?.slice(0, 16).map(known).join(", ") ?? "no AUTH at all";
    throw failed(`the server must offer one of ${names(ours)}, got ${got}`);
  }
  assertNoneLost(connection, ours, common[0]);
  return common;
}

function mayBeRead(connection: Connection): boolean {
  return !isLoopback(connection.ends.remote.ip);
}

/** Those for which there is all that they need. */
function usable(connection: Connection, settings: Readonly<Settings>): readonly SaslMechanism[] {
  const listed = settings.mechanisms ??
    (authModeOf(settings) === AuthMode.sasl ? MECHANISMS : DEFAULT);
  const bound = (connection.ends.tls?.serverEndPoint ?? null) !== null;
  const ours = listed.filter((one) =>
    has(settings, one.needs) && (!one.binding || bound) &&
    (settings.authzid === null || !WITHOUT_AUTHZID.includes(one.name))
  );
  if (ours.length > 0) return ours;
  throw new TypeError(
    `Cannot authenticate: ${
      names(listed)
    } need another of "password", "token" and "tls.cert" than is set, or no "authzid"`,
  );
}

function has({ password, token, tls }: Readonly<Settings>, needs: SaslMechanism["needs"]): boolean {
  switch (needs) {
    case "token":
      return token !== null;
    case "certificate":
      return tls.cert !== null;
    default:
      // An empty password is one, where nothing else is there to be meant.
      return password !== "" || (token === null && tls.cert === null);
  }
}

/**
 * A server that could take a proof of the password before TLS, and now wants more of it, is suspicious
 * ([RFC 4954, section 4](https://www.rfc-editor.org/rfc/rfc4954#section-4)).
 */
function assertNoneLost(
  connection: Connection,
  ours: readonly SaslMechanism[],
  best: SaslMechanism,
): void {
  const before = ours.find(({ name }) => connection.offeredInClear.includes(name));
  if (before === undefined || before.plaintext) return;
  if (ours.indexOf(before) >= ours.indexOf(best)) return;
  throw failed(
    `the server must offer within TLS what it has offered before, got ${best.name} instead of ${before.name}; "mechanisms" may leave that out`,
  );
}

function failed(problem: string): SmtpError {
  return new SmtpError("auth", `Cannot authenticate: ${problem}`, { temporary: false });
}

function names(mechanisms: readonly SaslMechanism[]): string {
  return mechanisms.map(({ name }) => name).join(", ");
}

/** A name as a server sent it is not shown unless it looks like one. */
function known(name: string): string {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || i >= 20) return "?";
  }
  return name;
}
