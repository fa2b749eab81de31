/**
 * What the server and its handlers log. Silent unless the application configures LogTape. No record holds a secret,
 * a message, or an octet of a peer's that was not escaped.
 *
 * @module
 */

import { getLogger, type Logger, type LogRecord } from "@logtape/logtape";
import type { SmtpError } from "../session/errors.ts";
import { printable } from "../session/wire/escape.ts";
import type { Peer } from "./service.ts";
import type { HandlerLogRecord } from "./handler_pool/mod.ts";
import type { ScriptRecord } from "./handler_pool/script_record.ts";

/**
 * The server's own log.
 *
 * @returns The logger of the category `infinity-smtp`, `server`.
 */
export function serverLog(): Logger {
  return getLogger(["infinity-smtp", "server"]);
}

/** The most categories of scripts' own: LogTape keeps each one for ever. */
const MAX_CATEGORIES = 256;

/** What happens to the handlers of a server, and what they log themselves. */
export class HandlerLog {
  readonly #loggers = new Map<string, Logger>();

  /**
   * Logs it: a script's own record under its own category, all else under `infinity-smtp`, `handler`.
   *
   * @param record What happened.
   */
  write({ level, script, message, own }: HandlerLogRecord): void {
    if (own !== undefined) return this.#forward(own, script);
    const method = level === "warning" ? "warn" : level;
    handlerLog()[method]("{script}: {message}", { script: script ?? "handlers", message });
  }

  #forward(own: ScriptRecord, script: string | null): void {
    const logger = this.#logger(own.category);
    const record: LogRecord = {
      // Old versions want it, and the application's may be the one that is in charge.
      category: logger.category,
      level: own.level,
      rawMessage: own.template,
      message: own.message,
      // The name of the script last, so that it is ours whatever a script says.
      properties: { ...own.properties, script },
      timestamp: Date.now(),
    };
    logger.emit(record);
  }

  #logger(category: readonly string[] | null): Logger {
    const key = JSON.stringify(category);
    const known = this.#loggers.get(key);
    if (known !== undefined) return known;
    if (category === null || this.#loggers.size === MAX_CATEGORIES) return handlerLog();
    const logger = getLogger(category as [string, ...string[]]);
    this.#loggers.set(key, logger);
    return logger;
  }
}

function handlerLog(): Logger {
  return getLogger(["infinity-smtp", "handler"]);
}

/**
 * Logs that a connection ended before its session did.
 *
 * @param error Why.
 * @param peer Whose connection it was.
 */
export function logLost(error: SmtpError, peer: Peer): void {
  const facts = { id: peer.id, ip: peer.remote.ip, error: printable(error.message) };
  const { kind } = error;
  if (kind === "tls" || kind === "protocol") {
    serverLog().warn("Connection {id} from {ip}: {error}", facts);
  } else serverLog().debug("Connection {id} from {ip}: {error}", facts);
}
