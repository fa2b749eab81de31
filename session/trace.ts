/**
 * The lines of a dialogue as the `trace` hook of a client and of a server gets them.
 *
 * @module
 */

import { printable } from "./wire/escape.ts";

/** What stands where a secret stood. */
export const MASK = "****";

/** How much of a line is shown, in characters. */
const SHOWN = 2048;

/**
 * One line of a dialogue. Its text holds no secret (those are `****`), no line end, and no octet of the
 * peer's that a terminal or a log could act on: such octets are escaped, as `\x1B`. What is not a line
 * of the protocol, such as the passing of a message's body, stands in square brackets.
 */
export interface TraceLine {
  /** When it was read or written, in milliseconds since 1970. */
  readonly at: number;
  /** Which connection of this client or server it belongs to, counted from 1. */
  readonly connection: number;
  /** Who said it. */
  readonly from: "client" | "server";
  /** What was said. */
  readonly text: string;
}

/**
 * Makes a trace line of now. The caller has masked what is secret.
 *
 * @param connection Which connection it belongs to.
 * @param from Who said it.
 * @param text What was said, as it came; it is escaped here.
 * @returns The line.
 */
export function traceLine(
  connection: number,
  from: TraceLine["from"],
  text: string | Uint8Array,
): TraceLine {
  return { at: Date.now(), connection, from, text: printable(text, SHOWN) };
}

/**
 * Puts a trace line as one line of text, the client's lines marked by `C:` and the server's by `S:`.
 *
 * @param line The line.
 * @returns Such as `2026-11-22T16:34:54.123Z #1 C: QUIT`, without a line end.
 *
 * @example Print the dialogue of a client
 * ```ts
 * import { formatTraceLine, type TraceLine } from "@infinity/smtp/session";
 * import { assertEquals } from "@std/assert";
 *
 * const line: TraceLine = { at: 0, connection: 1, from: "client", text: "QUIT" };
 * assertEquals(formatTraceLine(line), "1970-01-01T00:00:00.000Z #1 C: QUIT");
 * ```
 */
export function formatTraceLine(line: TraceLine): string {
  const who = line.from === "client" ? "C" : "S";
  return `${new Date(line.at).toISOString()} #${line.connection} ${who}: ${line.text}`;
}
