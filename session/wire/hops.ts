/**
 * How often a message was received before, as its header tells
 * ([RFC 5321 section 6.3](https://www.rfc-editor.org/rfc/rfc5321#section-6.3)).
 *
 * @module
 */

import { ascii, COLON, CR, LF } from "./bytes.ts";

/** What is looked through at the most, in octets: each hop puts its field in front of all else. */
const MOST_SCANNED = 256 * 1024;
const NAME = ascii("RECEIVED");
/** Where in a line the search is when the line is not such a field. */
const OTHER = -1;

/**
 * Counts the `Received` fields in the header of a message.
 *
 * @param pieces The message, its lines ended by CRLF.
 * @returns How many there are.
 */
export function countReceived(pieces: readonly Uint8Array[]): number {
  let count = 0;
  /** How many octets of the name this line has begun with. */
  let matched = 0;
  let scanned = 0;
  for (const piece of pieces) {
    // Octet by octet: a header is short, and to search each of its short lines by indexOf() would take longer.
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at];
      if (matched === OTHER) {
        if (byte === LF) matched = 0;
      } else if (matched === 0 && byte === CR) return count;
      else if (matched < NAME.length && (byte & 0xdf) === NAME[matched]) matched++;
      else {
        if (matched === NAME.length && byte === COLON) count++;
        matched = OTHER;
      }
    }
    scanned += piece.length;
    if (scanned >= MOST_SCANNED) return count;
  }
  return count;
}
