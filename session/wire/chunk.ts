/**
 * A message in chunks of a size that is said before ([RFC 3030](https://www.rfc-editor.org/rfc/rfc3030)).
 *
 * @module
 */

import { ascii, CR, equalsIgnoreCase, parseDecimal, SP } from "./bytes.ts";
import {
  BARE_LINE_END,
  type ContentFaults,
  contentFaults,
  ContentScanner,
  lastTwo,
  LINE_END,
  MOST_SCANNED,
} from "./content_scan.ts";

/** What BDAT says. */
export interface ChunkArguments {
  /** How many octets follow the command. */
  readonly size: number;
  /** Whether the message ends with them. */
  readonly last: boolean;
}

/** A size with more digits is no size of any message, and might not be exact. */
const MAX_DIGITS = 15;
const LAST = ascii("LAST");

/**
 * Reads the arguments of BDAT: `size [LAST]`.
 *
 * @param args What stands behind the verb.
 * @returns What they say; null where they are malformed, so that nobody knows where the chunk ends.
 */
export function parseChunkArguments(args: Uint8Array): ChunkArguments | null {
  const space = args.indexOf(SP);
  const last = space >= 0;
  const size = parseDecimal(args, 0, last ? space : args.length, MAX_DIGITS);
  if (size < 0 || (last && !equalsIgnoreCase(args.subarray(space + 1), LAST))) return null;
  return { size, last };
}

/**
 * Cuts the chunks of one message out of what follows each BDAT. Their octets are content as they are: a dot means nothing.
 * What DATA could not carry is reported in `faults`, unless the message is binary.
 */
export class ChunkDecoder {
  readonly #binary: boolean;
  #left = 0;
  #last = false;
  /** The last two octets that were looked through, be they of an earlier chunk. */
  #before = LINE_END;
  #faults = 0;

  /**
   * Makes a decoder, which has no chunk yet.
   *
   * @param binary Whether the content may hold any octets (BODY=BINARYMIME).
   */
  constructor(binary: boolean) {
    this.#binary = binary;
  }

  /** What came that does not belong in a message of text. How the content was cut into chunks changes nothing once it is whole. */
  get faults(): ContentFaults {
    return contentFaults(this.#faults);
  }

  /**
   * Begins a chunk.
   *
   * @param chunk Its size, and whether the message ends with it.
   */
  begin({ size, last }: ChunkArguments): void {
    this.#left = size;
    this.#last = last;
  }

  /**
   * Reads a part of the chunk.
   *
   * @param octets The octets.
   * @param sink Takes the content: a view of the octets, to be copied by whoever keeps it.
   * @returns The place behind the end of the chunk, or -1 when more octets are needed.
   */
  decode(octets: Uint8Array, sink: (piece: Uint8Array) => void): number {
    const part = octets.subarray(0, this.#left);
    this.#left -= part.length;
    if (part.length > 0) {
      if (!this.#binary) this.#look(part);
      sink(part);
    }
    if (this.#left > 0) return -1;
    if (this.#last && !this.#binary && (this.#before & 0xff) === CR) this.#faults |= BARE_LINE_END;
    return part.length;
  }

  #look(octets: Uint8Array): void {
    const scanner = ContentScanner.only;
    for (let at = 0; at < octets.length; at += MOST_SCANNED) {
      const part = octets.subarray(at, at + MOST_SCANNED);
      scanner.load(part, this.#before);
      for (let from = 0; from < part.length;) from = scanner.nextDot(from) + 1;
      this.#faults |= scanner.takeFaults();
      this.#before = lastTwo(this.#before, part);
    }
  }
}
