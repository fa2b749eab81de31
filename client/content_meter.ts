/**
 * How many octets a message has on the wire, and whether all of them are ASCII.
 *
 * @module
 */

import { CR, LF } from "../session/wire/bytes.ts";

/**
 * Counts a message's octets as SIZE means them
 * ([RFC 1870, section 5](https://www.rfc-editor.org/rfc/rfc1870#section-5)): every line end as two, the last one even
 * where it is missing, without stuffed dots and without the dot at the end.
 */
export class ContentMeter {
  #size = 0;
  #bits = 0;
  #last = LF;

  /** The octets so far; a message that does not end with a line end will have two more. */
  get size(): number {
    return this.#size;
  }

  /** Whether an octet above 127 has come. */
  get eightBit(): boolean {
    return (this.#bits & 0x80) !== 0;
  }

  /**
   * Takes the next piece.
   *
   * @param chunk The octets.
   */
  push(chunk: Uint8Array): void {
    let size = this.#size + chunk.length;
    let last = this.#last;
    let bits = this.#bits;
    for (let i = 0; i < chunk.length; i++) {
      const octet = chunk[i];
      bits |= octet;
      // A CR counts for the whole of its line end, an LF only where no CR did.
      if (octet === CR) size++;
      else if (octet === LF) size += last === CR ? -1 : 1;
      last = octet;
    }
    this.#size = size;
    this.#last = this.#size === 0 ? LF : last;
    this.#bits = bits;
  }

  /** Counts the line end that the message's last line lacks, if it does. */
  finish(): void {
    if (this.#last !== CR && this.#last !== LF) this.#size += 2;
    this.#last = LF;
  }
}
