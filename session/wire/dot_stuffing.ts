/**
 * Message content on the wire: where it ends, and its leading dots
 * ([RFC 5321 section 4.5.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.2)).
 *
 * @module
 */

import { ascii, CR, DOT, LF } from "./bytes.ts";
import {
  BARE_LINE_END,
  type ContentFaults,
  contentFaults,
  ContentScanner,
  lastTwo,
  LINE_END,
  MOST_SCANNED,
} from "./content_scan.ts";

/** What of a line that starts with a dot is kept back, as the end of the content may be cut between two chunks. */
const Held = {
  nothing: 0,
  /** The dot. It is not content, whatever follows. */
  dot: 1,
  /** The dot and a CR, which is content unless LF follows. */
  dotCr: 2,
} as const;
type Held = typeof Held[keyof typeof Held];

const ONE_CR = ascii("\r");
const LF_DOT = LF << 8 | DOT;
const DOT_CR = DOT << 8 | CR;

/**
 * Cuts the content of a message out of what follows `354`. Only CRLF.CRLF ends it (or .CRLF right at the start); nothing
 * else does, whatever bare CR, bare LF or NUL it holds: those are reported in `faults` and handed out as they are. One
 * dot at the start of a line is removed; the last CRLF is kept.
 */
export class DotDecoder {
  #held: Held = Held.nothing;
  /** The last two octets that were looked through. */
  #before = LINE_END;
  #size = 0;
  #faults = 0;

  /** What came that does not belong in a message. */
  get faults(): ContentFaults {
    return contentFaults(this.#faults);
  }

  /** How many octets of content came so far; removed dots do not count (RFC 1870 section 5). */
  get size(): number {
    return this.#size;
  }

  /**
   * Reads a chunk.
   *
   * @param chunk The octets.
   * @param sink Takes each piece of content, in order: a view of the chunk, to be copied by whoever keeps it.
   * @returns The place in the chunk behind the end of the content, or -1 when more octets are needed.
   */
  decode(chunk: Uint8Array, sink: (piece: Uint8Array) => void): number {
    for (let at = 0; at < chunk.length; at += MOST_SCANNED) {
      const end = this.#decodePart(chunk.subarray(at, at + MOST_SCANNED), sink);
      if (end >= 0) return at + end;
    }
    return -1;
  }

  /** Reads a part that the scanner can hold. */
  #decodePart(part: Uint8Array, sink: (piece: Uint8Array) => void): number {
    if (this.#held !== Held.nothing) {
      const end = this.#endAcross(part);
      if (end !== 0) return end;
      this.#resume(sink);
    }
    const scanner = ContentScanner.only;
    scanner.load(part, this.#before);
    for (let from = 0;;) {
      const dot = scanner.nextDot(from);
      this.#faults |= scanner.takeFaults();
      if (dot > from) this.#emit(part.subarray(from, dot), sink);
      if (dot === part.length) break;
      from = dot + 1;
      if (part[from] === CR && part[from + 1] === LF) return from + 2;
      if (from === part.length) return this.#hold(Held.dot);
      if (from + 1 === part.length && part[from] === CR) return this.#hold(Held.dotCr);
    }
    this.#before = lastTwo(this.#before, part);
    return -1;
  }

  /** The place behind an end of content that began in an earlier part; 0 where it does not end so, -1 where it may yet. */
  #endAcross(part: Uint8Array): number {
    if (this.#held === Held.dotCr) return part[0] === LF ? 1 : 0;
    if (part[0] !== CR) return 0;
    if (part.length === 1) return this.#hold(Held.dotCr);
    return part[1] === LF ? 2 : 0;
  }

  /** What was kept back was not the end. */
  #resume(sink: (piece: Uint8Array) => void): void {
    const withCr = this.#held === Held.dotCr;
    if (withCr) this.#emit(ONE_CR, sink);
    this.#before = withCr ? DOT_CR : LF_DOT;
    this.#held = Held.nothing;
  }

  #hold(held: Held): number {
    this.#held = held;
    return -1;
  }

  #emit(piece: Uint8Array, sink: (piece: Uint8Array) => void): void {
    this.#size += piece.length;
    sink(piece);
  }
}

/**
 * Writes the content of a message for DATA: every line ends in CRLF (a lone CR or a lone LF becomes one), a dot at the
 * start of a line is doubled, and the end is marked. For BDAT, dots are left alone and nothing marks the end.
 */
export class DotEncoder {
  readonly #dots: boolean;
  #lineStart = true;
  /** Whether the last octet was a CR: its LF is written already, and an LF that follows is part of the same line end. */
  #afterCr = false;

  /**
   * Makes an encoder.
   *
   * @param dots Whether dots matter: true for DATA, false for BDAT.
   */
  constructor(dots = true) {
    this.#dots = dots;
  }

  /**
   * Writes some of the content.
   *
   * @param chunk The content, cut anywhere.
   * @returns What goes on the wire: the chunk itself, or a view of it, where nothing had to be added.
   */
  encode(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const start = this.#afterCr && chunk[0] === LF ? 1 : 0;
    const content = start === 0 ? chunk : chunk.subarray(start);
    const encoded = this.#isClean(content) ? content : this.#rewrite(content);
    const last = chunk[chunk.length - 1];
    this.#afterCr = last === CR;
    this.#lineStart = last === CR || last === LF;
    return encoded;
  }

  /**
   * Ends the content.
   *
   * @returns The CRLF that is missing at the end, if any, and the line that holds only a dot, where dots matter.
   */
  finish(): Uint8Array {
    const end = ascii((this.#lineStart ? "" : "\r\n") + (this.#dots ? ".\r\n" : ""));
    this.#lineStart = true;
    this.#afterCr = false;
    return end;
  }

  /** Whether the content can go as it is. */
  #isClean(content: Uint8Array): boolean {
    if (content[content.length - 1] === CR) return false;
    const scanner = ContentScanner.only;
    let before = this.#lineStart ? LINE_END : 0;
    for (let at = 0; at < content.length; at += MOST_SCANNED) {
      const part = content.subarray(at, at + MOST_SCANNED);
      scanner.load(part, before);
      let dot = scanner.nextDot(0);
      while (!this.#dots && dot < part.length) dot = scanner.nextDot(dot + 1);
      if ((scanner.takeFaults() & BARE_LINE_END) !== 0 || dot < part.length) return false;
      before = lastTwo(before, part);
    }
    return true;
  }

  /** Writes the content into a new array, octet by octet: most content needs nothing, or a CR for each of its lines. */
  #rewrite(content: Uint8Array): Uint8Array {
    const encoded = new Uint8Array(content.length + this.#countExtra(content));
    let lineStart = this.#lineStart;
    let to = 0;
    for (let at = 0; at < content.length; at++) {
      const octet = content[at];
      if (this.#dots && lineStart && octet === DOT) encoded[to++] = DOT;
      lineStart = octet === CR || octet === LF;
      if (lineStart) {
        encoded[to++] = CR;
        encoded[to++] = LF;
        if (octet === CR && content[at + 1] === LF) at++;
      } else encoded[to++] = octet;
    }
    return encoded;
  }

  /** How many octets must be added. */
  #countExtra(content: Uint8Array): number {
    let lineStart = this.#lineStart;
    let extra = 0;
    for (let at = 0; at < content.length; at++) {
      const octet = content[at];
      if (this.#dots && lineStart && octet === DOT) extra++;
      lineStart = octet === CR || octet === LF;
      if (octet === CR && content[at + 1] === LF) at++;
      else if (lineStart) extra++;
    }
    return extra;
  }
}
