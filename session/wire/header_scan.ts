/**
 * What a server looks for in the header of a message.
 *
 * @module
 */

import { ascii, COLON, CR, LF } from "./bytes.ts";

/** What is looked through at the most, in octets: each hop puts its field in front of all else. */
const MOST_SCANNED = 256 * 1024;
const NAME = ascii("RECEIVED");
/** Where in a line the search is when the line is not such a field. */
const OTHER = -1;

/** What was found in a header. */
export interface ScannedHeader {
  /**
   * How many `Received` fields there are, which tells how often the message was received before
   * ([RFC 5321 section 6.3](https://www.rfc-editor.org/rfc/rfc5321#section-6.3)).
   */
  readonly received: number;
  /** Whether an octet is above 127 ([RFC 6531](https://www.rfc-editor.org/rfc/rfc6531)). */
  readonly eightBit: boolean;
}

/**
 * Looks through the header of a message.
 *
 * @param pieces The message, its lines ended by CRLF.
 * @returns What is there.
 */
export function scanHeader(pieces: readonly Uint8Array[]): ScannedHeader {
  let received = 0;
  /** All octets of the header, their bits put together. */
  let bits = 0;
  /** How many octets of the name this line has begun with. */
  let matched = 0;
  let scanned = 0;
  for (const piece of pieces) {
    // Octet by octet: a header is short, and to search each of its short lines by indexOf() would take longer.
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at];
      bits |= byte;
      if (matched === OTHER) {
        if (byte === LF) matched = 0;
      } else if (matched === 0 && byte === CR) return found();
      else if (matched < NAME.length && (byte & 0xdf) === NAME[matched]) matched++;
      else {
        if (matched === NAME.length && byte === COLON) received++;
        matched = OTHER;
      }
    }
    scanned += piece.length;
    if (scanned >= MOST_SCANNED) break;
  }
  return found();

  function found(): ScannedHeader {
    return { received, eightBit: bits > 0x7f };
  }
}
