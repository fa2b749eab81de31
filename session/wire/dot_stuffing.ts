/**
 * Message content on the wire: where it ends, and its leading dots
 * ([RFC 5321 section 4.5.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.2)).
 *
 * @module
 */

import { ascii, CR, DOT, LF, NUL } from "./bytes.ts";
import { nextControl, wordsOf } from "./octet_scan.ts";

/** What a {@linkcode DotDecoder} met that does not belong in a message that travels by DATA. */
export interface DotFaults {
  /** A CR without LF. */
  readonly bareCr: boolean;
  /** An LF without CR. */
  readonly bareLf: boolean;
  /** An octet 0. */
  readonly nul: boolean;
}

/** Where the decoder stands between two chunks. */
const State = {
  /** At the start of a line: behind CRLF, or at the very start. */
  lineStart: 0,
  /** Behind a dot that starts a line. The dot is not content, whatever follows. */
  dot: 1,
  /** Behind such a dot and a CR, which is content unless LF follows. */
  dotCr: 2,
  /** Inside a line. */
  inLine: 3,
  /** Inside a line, behind a CR, which was handed out. */
  cr: 4,
} as const;
type State = typeof State[keyof typeof State];

const ONE_CR = ascii("\r");

/**
 * Cuts the content of a message out of what follows `354`. Only CRLF.CRLF ends it (or .CRLF right at the start); nothing
 * else does, whatever bare CR, bare LF or NUL it holds: those are reported in `faults` and handed out as they are. One
 * dot at the start of a line is removed; the last CRLF is kept.
 */
export class DotDecoder {
  #state: State = State.lineStart;
  #size = 0;
  #bareCr = false;
  #bareLf = false;
  #nul = false;

  /** What came that does not belong in a message. */
  get faults(): DotFaults {
    return { bareCr: this.#bareCr, bareLf: this.#bareLf, nul: this.#nul };
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
    if (chunk.length === 0) return -1;
    const end = this.#endAcross(chunk);
    if (end > 0) return this.#finish(end);
    const start = this.#resume(chunk, sink);
    return start < 0 ? -1 : this.#scan(chunk, start, sink);
  }

  /** The place behind an end of content that began in an earlier chunk; 0 where it does not end so. */
  #endAcross(chunk: Uint8Array): number {
    if (this.#state === State.dotCr) return chunk[0] === LF ? 1 : 0;
    return this.#state === State.dot && chunk[0] === CR && chunk[1] === LF ? 2 : 0;
  }

  /** Settles what the last chunk left open. Returns the first octet to look at; -1 where it stays open. */
  #resume(chunk: Uint8Array, sink: (piece: Uint8Array) => void): number {
    const state = this.#state;
    if (state === State.lineStart || state === State.inLine) return 0;
    if (state === State.dot && chunk[0] === CR && chunk.length === 1) {
      return this.#pause(State.dotCr);
    }
    this.#state = State.inLine;
    if (state === State.cr && chunk[0] === LF) {
      this.#state = State.lineStart;
      return 1;
    }
    if (state !== State.dot) this.#bareCr = true;
    if (state === State.dotCr) this.#emit(ONE_CR, sink);
    return 0;
  }

  /** Reads the chunk, all of which is content, from `start` on. Returns the place behind the end, or -1. */
  #scan(chunk: Uint8Array, start: number, sink: (piece: Uint8Array) => void): number {
    const length = chunk.length;
    const words = wordsOf(chunk);
    let lineStart = this.#state === State.lineStart;
    let from = 0; // what is not handed out yet
    let at = start;
    while (at < length) {
      if (lineStart && chunk[at] === DOT) {
        this.#emit(chunk.subarray(from, at), sink);
        from = ++at;
        if (at === length) return this.#pause(State.dot);
        if (chunk[at] === CR && at + 1 === length) return this.#pause(State.dotCr);
        if (chunk[at] === CR && chunk[at + 1] === LF) return this.#finish(at + 2);
      }
      at = nextControl(chunk, words, at);
      if (at === length) {
        lineStart = false;
        break;
      }
      lineStart = chunk[at] === CR && chunk[at + 1] === LF;
      if (!lineStart) this.#note(chunk[at], at + 1 === length);
      at += lineStart ? 2 : 1;
    }
    this.#emit(chunk.subarray(from), sink);
    if (lineStart) return this.#pause(State.lineStart);
    return this.#pause(chunk[length - 1] === CR ? State.cr : State.inLine);
  }

  /** Takes down what does not belong in a message. What the last octet of a chunk is, if a CR, the next chunk tells. */
  #note(byte: number, last: boolean): void {
    if (byte === LF) this.#bareLf = true;
    else if (byte === NUL) this.#nul = true;
    else if (byte === CR && !last) this.#bareCr = true;
  }

  #pause(state: State): number {
    this.#state = state;
    return -1;
  }

  #finish(end: number): number {
    this.#state = State.lineStart;
    return end;
  }

  #emit(piece: Uint8Array, sink: (piece: Uint8Array) => void): void {
    if (piece.length === 0) return;
    this.#size += piece.length;
    sink(piece);
  }
}

/**
 * Writes the content of a message for DATA: every line ends in CRLF (a lone CR or a lone LF becomes one), a dot at the
 * start of a line is doubled, and the end is marked.
 */
export class DotEncoder {
  #lineStart = true;
  /** Whether the last octet was a CR: its LF is written already, and an LF that follows is part of the same line end. */
  #afterCr = false;

  /**
   * Writes some of the content.
   *
   * @param chunk The content, cut anywhere.
   * @returns What goes on the wire: the chunk itself, or a view of it, where nothing had to be added.
   */
  encode(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const start = this.#afterCr && chunk[0] === LF ? 1 : 0;
    const extra = this.#countExtra(chunk, start);
    const encoded = extra > 0
      ? this.#rewrite(chunk, start, extra)
      : start > 0
      ? chunk.subarray(start)
      : chunk;
    const last = chunk[chunk.length - 1];
    this.#afterCr = last === CR;
    this.#lineStart = last === CR || last === LF;
    return encoded;
  }

  /**
   * Ends the content.
   *
   * @returns The CRLF that is missing at the end, if any, and the line that holds only a dot.
   */
  finish(): Uint8Array {
    const end = ascii(this.#lineStart ? ".\r\n" : "\r\n.\r\n");
    this.#lineStart = true;
    this.#afterCr = false;
    return end;
  }

  /** How many octets must be added to those of the chunk from `start` on. */
  #countExtra(chunk: Uint8Array, start: number): number {
    const length = chunk.length;
    const words = wordsOf(chunk);
    let extra = 0;
    let lineStart = this.#lineStart;
    for (let at = start; at < length;) {
      if (lineStart && chunk[at] === DOT) extra++;
      at = nextControl(chunk, words, at);
      if (at === length) break;
      const byte = chunk[at++];
      lineStart = byte === CR || byte === LF;
      if (byte === CR && chunk[at] === LF) at++;
      else if (lineStart) extra++;
    }
    return extra;
  }

  /** Writes the chunk from `start` on into a new array that has room for what must be added. */
  #rewrite(chunk: Uint8Array, start: number, extra: number): Uint8Array {
    const length = chunk.length;
    const words = wordsOf(chunk);
    const encoded = new Uint8Array(length - start + extra);
    let to = 0;
    let from = start; // what is not written yet
    if (this.#lineStart && chunk[from] === DOT) encoded[to++] = DOT;
    for (let at = start; at < length;) {
      at = nextControl(chunk, words, at);
      const byte = chunk[at];
      if (byte !== CR && byte !== LF) {
        at++;
        continue;
      }
      to = copyRun(chunk, from, at, encoded, to);
      encoded[to++] = CR;
      encoded[to++] = LF;
      from = byte === CR && chunk[at + 1] === LF ? at + 2 : at + 1;
      if (chunk[from] === DOT) encoded[to++] = DOT;
      at = from;
    }
    copyRun(chunk, from, length, encoded, to);
    return encoded;
  }
}

/** Copies octets; returns the place behind them. `set` is worth its view only for more than a few. */
function copyRun(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): number {
  if (end - start > 32) to.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) to[at + i - start] = from[i];
  return at + end - start;
}
