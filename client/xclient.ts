/**
 * XCLIENT: the server is told which client the session is on behalf of
 * ([Postfix](https://www.postfix.org/XCLIENT_README.html)).
 *
 * @module
 */

import { type Attributes, XCLIENT_ATTRIBUTES } from "../session/wire/attributes.ts";
import { attributeCommands, checkAttributes, sayAttributes } from "./attributes.ts";
import type { Connection } from "./connection/connection.ts";

/**
 * Checks the option `xclient`.
 *
 * @param value The value.
 * @returns The attributes in the order in which they are said; null for none.
 * @throws {TypeError} If it is no such option.
 */
export function checkXclient(value: unknown): Attributes | null {
  if (value === null) return null;
  const { PROTO, HELO, LOGIN, ...others } = checkAttributes("xclient", value, XCLIENT_ATTRIBUTES);
  // These do not outlive the next XCLIENT, so that they belong in the last one.
  const last = Object.entries({ PROTO, HELO, LOGIN }).filter(([, text]) => text !== undefined);
  return { ...others, ...Object.fromEntries(last) };
}

/**
 * Speaks for another client from now on. The server begins anew with its greeting, and EHLO comes next.
 *
 * @param connection The connection, after EHLO.
 * @param attributes The client.
 * @throws {SmtpError} Kind `unsupported` if the server does not offer it, `reply` if it refuses the client.
 */
export async function speakFor(connection: Connection, attributes: Attributes): Promise<void> {
  await sayAttributes(connection, attributeCommands(connection, "XCLIENT", attributes), 220);
}
