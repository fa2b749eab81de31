/**
 * Texts of the runtime and of scripts, made fit for a log.
 *
 * @module
 */

import { printable } from "../../session/wire/escape.ts";

/**
 * Makes a text of an error fit for one line of a log: without the runtime's colours, its lines joined.
 *
 * @param text The text.
 * @returns It, printable.
 */
export function tidy(text: string): string {
  const lines = text.split("\n").map((line) => withoutColours(line).trim());
  return printable(lines.filter((line) => line !== "").join("; "), 1_024);
}

/** Takes away the escape sequences by which the runtime colours its messages. */
function withoutColours(line: string): string {
  const [first, ...rest] = line.split("\x1b[");
  return first + rest.map((part) => part.slice(part.indexOf("m") + 1)).join("");
}
