/**
 * How many octets a message has on the wire, and whether all of them are ASCII.
 *
 * @module
 */

import { isAscii } from "node:buffer";
import { CR, LF } from "../../session/wire/bytes.ts";
import { BARE_LINE_END, ContentScanner, MOST_SCANNED } from "../../session/wire/content_scan.ts";

/**
 * Counts a message's octets as SIZE means them
 * ([RFC 1870, section 5](https://www.rfc-editor.org/rfc/rfc1870#section-5)): every line end as two, the last one even
 * where it is missing, without stuffed dots and without the dot at the end.
 */
export class ContentMeter {
  readonly #binary: boolean;
  #size = 0;
  #eightBit = false;
  #last = LF;

  /**
   * Makes a meter.
   *
   * @param binary Whether the octets are sent as they are, line ends too.
   */
  constructor(binary = false) {
    this.#binary = binary;
  }

  /** The octets so far; a message that does not end with a line end will have two more. */
  get size(): number {
    return this.#size;
  }

  /** Whether an octet above 127 has come. */
  get eightBit(): boolean {
    return this.#eightBit;
  }

  /**
   * Takes the next piece.
   *
   * @param chunk The octets.
   */
  push(chunk: Uint8Array): void {
    this.#eightBit ||= !isAscii(chunk);
    if (this.#binary) return void (this.#size += chunk.length);
    for (let at = 0; at < chunk.length; at += MOST_SCANNED) {
      const part = chunk.subarray(at, at + MOST_SCANNED);
      this.#size += hasBareLineEnd(part, this.#last)
        ? countOneByOne(part, this.#last)
        : part.length + Number(part[part.length - 1] === CR) - Number(this.#last === CR);
      this.#last = part[part.length - 1];
    }
  }

  /** Counts the line end that the message's last line lacks, if it does. */
  finish(): void {
    if (this.#last !== CR && this.#last !== LF) this.#size += 2;
    this.#last = LF;
  }
}

/** Whether a CR is not followed by LF, or an LF does not follow a CR; that of a CR at the end the next part tells. */
function hasBareLineEnd(part: Uint8Array, last: number): boolean {
  const scanner = ContentScanner.only;
  scanner.load(part, last);
  for (let at = 0; at < part.length;) at = scanner.nextDot(at) + 1;
  return (scanner.takeFaults() & BARE_LINE_END) !== 0;
}

/** A CR counts for the whole of its line end, an LF only where no CR did. */
function countOneByOne(part: Uint8Array, before: number): number {
  let size = part.length;
  let last = before;
  for (let i = 0; i < part.length; i++) {
    const octet = part[i];
    if (octet === CR) size++;
    else if (octet === LF) size += last === CR ? -1 : 1;
    last = octet;
  }
  return size;
}
