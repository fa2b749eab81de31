/**
 * What the server and its handlers log. Silent unless the application configures LogTape. No record holds a secret,
 * a message, or an octet of a peer's that was not escaped.
 *
 * @module
 */

import { getLogger, type Logger } from "@logtape/logtape";
import type { SmtpError } from "../session/errors.ts";
import { printable } from "../session/wire/escape.ts";
import type { Peer } from "./service.ts";
import type { HandlerLogRecord } from "./handler_pool/mod.ts";

/**
 * The server's own log.
 *
 * @returns The logger of the category `infinity-smtp`, `server`.
 */
export function serverLog(): Logger {
  return getLogger(["infinity-smtp", "server"]);
}

/**
 * Logs what happened to a handler.
 *
 * @param record What happened.
 */
export function logHandler({ level, script, message }: HandlerLogRecord): void {
  const log = getLogger(["infinity-smtp", "handler"]);
  const method = level === "warning" ? "warn" : level;
  log[method]("{script}: {message}", { script: script ?? "handlers", message });
}

/**
 * Logs that a connection ended before its session did.
 *
 * @param error Why.
 * @param peer Whose connection it was.
 */
export function logLost(error: SmtpError, peer: Peer): void {
  const facts = { id: peer.id, ip: peer.remote.ip, error: printable(error.message) };
  if (error.kind === "tls") serverLog().warn("Connection {id} from {ip}: {error}", facts);
  else serverLog().debug("Connection {id} from {ip}: {error}", facts);
}
