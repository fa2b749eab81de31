/**
 * Quoted-printable: text whose lines stay what they are, in ASCII
 * ([RFC 2045, section 6.7](https://www.rfc-editor.org/rfc/rfc2045#section-6.7)).
 *
 * @module
 */

import { CR, DEL, EQUALS, LF, SP, TAB } from "./bytes.ts";

/** The longest line that is written, in characters, without the `=` of a soft line break. */
const WIDTH = 75;
const HEX = "0123456789ABCDEF";

/** Writes text as quoted-printable, line by line. CRLF stays a line end; a lone CR or LF, and whatever else could be lost, is encoded. */
export class QuotedPrintableEncoder {
  /** How much is written of the current line. */
  #column = 0;

  /**
   * Writes a line.
   *
   * @param line The line with its CRLF; or a part of one that is cut anywhere but between CR and LF.
   * @returns The same in ASCII; a part that is cut short ends in no white space.
   */
  encode(line: Uint8Array): Uint8Array {
    const end = line.length - (line.at(-1) === LF && line.at(-2) === CR ? 2 : 0);
    // Three for each octet, and a soft line break after each WIDTH of them at the latest.
    const encoded = new Uint8Array(
      3 * line.length + 3 * Math.ceil(3 * line.length / (WIDTH - 2)) + 3,
    );
    let to = 0;
    for (let i = 0; i < end; i++) {
      const octet = line[i];
      const plain = isPlain(octet) || (octet === SP || octet === TAB) && i + 1 < end;
      const width = plain ? 1 : 3;
      if (this.#column + width > WIDTH) {
        encoded.set([EQUALS, CR, LF], to);
        to += 3;
        this.#column = 0;
      }
      this.#column += width;
      if (plain) {
        encoded[to++] = octet;
        continue;
      }
      encoded[to++] = EQUALS;
      encoded[to++] = HEX.charCodeAt(octet >> 4);
      encoded[to++] = HEX.charCodeAt(octet & 15);
    }
    if (end === line.length) return encoded.subarray(0, to);
    encoded.set([CR, LF], to);
    this.#column = 0;
    return encoded.subarray(0, to + 2);
  }
}

function isPlain(octet: number): boolean {
  return octet > SP && octet < DEL && octet !== EQUALS;
}
