/**
 * What a client tells the application's log, by way of [LogTape](https://logtape.org). No secret and nothing of a
 * message's content is ever in it; whatever comes from a server is escaped.
 *
 * @module
 */

import { getLogger, type Logger } from "@logtape/logtape";

/**
 * The log of all clients: silent unless the application configures it.
 *
 * @returns The logger of the category `["infinity-smtp", "client"]`.
 */
export function clientLog(): Logger {
  return getLogger(["infinity-smtp", "client"]);
}
