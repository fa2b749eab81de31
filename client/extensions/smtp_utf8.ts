/**
 * SMTPUTF8: addresses and headers past ASCII ([RFC 6531](https://www.rfc-editor.org/rfc/rfc6531)).
 *
 * @module
 */

import { printable } from "../../session/wire/escape.ts";
import type { Message } from "../message/message.ts";
import { type Extension, needed, type Transfer } from "./extension.ts";

/** Asked for where something needs it, and only there: what has it set reaches only servers that offer it (section 3.4). */
export const smtpUtf8: Extension = { keyword: "SMTPUTF8", mail };

/**
 * Finds what in a message needs SMTPUTF8.
 *
 * @param message The message.
 * @returns What it is, for people; null where nothing does.
 */
export function international({ envelope, utf8 }: Message): string | null {
  const { from, to } = envelope;
  const address = from?.utf8 ? from : to.find((recipient) => recipient.utf8);
  if (address !== undefined) return `the address "${printable(address.text, 100)}"`;
  return utf8
    ? "a header with characters past ASCII, as long as they are not encoded-words (RFC 2047),"
    : null;
}

function mail({ capabilities, international: why }: Transfer): string[] {
  if (why === null) return [];
  needed(capabilities, smtpUtf8.keyword, why);
  return [smtpUtf8.keyword];
}
