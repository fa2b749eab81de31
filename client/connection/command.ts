/**
 * The one way by which a text becomes a command.
 *
 * @module
 */

import { formatCommand } from "../../session/wire/command.ts";

/** A command, ready to be written. */
export interface Command {
  /** Its octets, with CRLF. */
  readonly bytes: Uint8Array;
  /** Its text, secrets masked. */
  readonly shown: string;
  /** How long to wait for the reply to it, in milliseconds, where that is not as long as for others. */
  readonly timeout?: number;
}

/**
 * Makes a command. All commands pass here, and here alone.
 *
 * @param parts Its words.
 * @param shown Its text with the secrets masked, where it has some.
 * @returns The command.
 * @throws {TypeError} If a part holds a line end or another control character.
 */
export function command(parts: readonly string[], shown?: string): Command {
  return { bytes: formatCommand(parts), shown: shown ?? parts.join(" ") };
}
