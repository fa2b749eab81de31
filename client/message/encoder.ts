/**
 * How the content of a message is written.
 *
 * @module
 */

import { EMPTY } from "../../session/wire/bytes.ts";

/** Turns content into what goes on the wire. */
export interface ContentEncoder {
  /** Encodes a piece; what comes back may be a view of it. */
  encode(piece: Uint8Array): Uint8Array;
  /** Ends the content: what is still to be sent. */
  finish(): Uint8Array;
}

/** Leaves every octet as it is. */
export const AS_IT_IS: ContentEncoder = { encode: (piece) => piece, finish: () => EMPTY };
