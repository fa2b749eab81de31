/**
 * XFORWARD: the server is told where the message comes from
 * ([Postfix](https://www.postfix.org/XFORWARD_README.html)).
 *
 * @module
 */

import { XFORWARD_ATTRIBUTES } from "../../session/wire/attributes.ts";
import { attributeCommands, checkAttributes, sayAttributes } from "../attributes.ts";
import { command } from "../connection/command.ts";
import type { Connection } from "../connection/connection.ts";
import type { Extension } from "./extension.ts";
import type { DeliveryOptions } from "./options.ts";

/** A command of its own, in front of MAIL. */
export const xforward: Extension = {
  keyword: "XFORWARD",
  options: { xforward: (value) => checkAttributes("xforward", value, XFORWARD_ATTRIBUTES) },
};

/**
 * Tells where the message of the next transaction comes from, where the caller says so.
 *
 * @param connection The connection, on which no transaction is open.
 * @param asked What comes with the message.
 * @throws {SmtpError} Kind `unsupported` if the server does not offer it, `reply` if it refuses it.
 */
export async function forward(connection: Connection, asked: DeliveryOptions): Promise<void> {
  if (asked.xforward === undefined) return;
  const commands = attributeCommands(connection, xforward.keyword, asked.xforward);
  try {
    await sayAttributes(connection, commands, 250);
  } catch (error) {
    // What was taken before the refusal must not go with another message.
    if (connection.open) await connection.ask(command(["RSET"]));
    throw error;
  }
}
