/**
 * Octets in any portions in, lines out.
 *
 * @module
 */

import { concat, CR, EMPTY, LF } from "./bytes.ts";

/** What a {@linkcode LineDecoder} found. */
export type Line =
  /** A line, without its CRLF: a view that is valid until the next call of `next()` or `push()`. */
  | { readonly kind: "line"; readonly bytes: Uint8Array }
  /** A line longer than the limit; reported once, at its end, and thrown away. */
  | { readonly kind: "tooLong" }
  /** A line so long that its end is not waited for. Nothing comes after it: close. */
  | { readonly kind: "endless" }
  /** A line that ended in LF without CR (RFC 5321 section 2.3.8), thrown away. */
  | { readonly kind: "bareLf" };

/** How a {@linkcode LineDecoder} treats what is not quite a line. */
export interface LineDecoderOptions {
  /**
   * What to do with a line that ends in LF without CR: report it as `bareLf`, or take it for a line.
   *
   * @default {"refuse"}
   */
  bareLf?: "refuse" | "accept";
  /**
   * How many octets a line may have before it is given up as `endless`.
   *
   * @default {2097152}
   */
  discardLimit?: number;
}

const TOO_LONG: Line = { kind: "tooLong" };
const ENDLESS: Line = { kind: "endless" };
const BARE_LF: Line = { kind: "bareLf" };

/** A buffer for a cut line that is larger than so many octets is not kept for the next one: idle sessions stay small. */
const KEEP = 512;

/**
 * Cuts octets into lines that end in CRLF ([RFC 5321 section 2.3.8](https://www.rfc-editor.org/rfc/rfc5321#section-2.3.8)),
 * however they are portioned. A line within one chunk is never copied.
 */
export class LineDecoder {
  /** The most octets that a line may have, its CRLF included. May be set between lines: those of AUTH are longer. */
  limit: number;
  readonly #acceptBareLf: boolean;
  readonly #discardLimit: number;
  /** What was pushed last; unread from `#at` on. */
  #chunk: Uint8Array = EMPTY;
  #at = 0;
  /** The beginning of a line whose end has not come yet: `#heldLength` octets. */
  #held: Uint8Array = EMPTY;
  #heldLength = 0;
  /** How many octets of the present line were thrown away since it is too long; 0: it is not. */
  #discarded = 0;
  /** Whether the last octet that was thrown away is a CR. */
  #discardedCr = false;
  #dead = false;

  /**
   * Makes a decoder.
   *
   * @param limit The most octets that a line may have, its CRLF included.
   * @param options How to treat what is not quite a line.
   */
  constructor(limit: number, options: LineDecoderOptions = {}) {
    this.limit = limit;
    this.#acceptBareLf = options.bareLf === "accept";
    this.#discardLimit = options.discardLimit ?? 2 * 1024 * 1024;
  }

  /** Whether there are octets that `next()` has not returned, be it the beginning of a line. */
  get pending(): boolean {
    return this.#at < this.#chunk.length || this.#heldLength > 0 || this.#discarded > 0;
  }

  /**
   * Adds octets.
   *
   * @param chunk The octets. They are not copied: leave them alone until `next()` has returned null.
   */
  push(chunk: Uint8Array): void {
    if (this.#dead) return;
    const unread = this.#at < this.#chunk.length;
    this.#chunk = unread ? concat([this.#chunk.subarray(this.#at), chunk]) : chunk;
    this.#at = 0;
  }

  /**
   * The next line.
   *
   * @returns What was found, or null when more octets are needed.
   */
  next(): Line | null {
    const chunk = this.#chunk;
    const start = this.#at;
    const end = chunk.indexOf(LF, start);
    if (end < 0) return this.#hold();
    this.#at = end + 1;
    const before = this.#heldLength + this.#discarded;
    if (before > 0) return this.#finish(start, end + 1);
    const length = end + 1 - start;
    if (length > this.limit) return this.#overlong(length, length > 1 && chunk[end - 1] === CR);
    if (length > 1 && chunk[end - 1] === CR) {
      return { kind: "line", bytes: chunk.subarray(start, end - 1) };
    }
    return this.#acceptBareLf ? { kind: "line", bytes: chunk.subarray(start, end) } : BARE_LF;
  }

  /**
   * Hands out all octets that `next()` has not returned, and forgets them: for the change to another way of reading.
   *
   * @returns The octets; where no line was cut, a view of what was pushed.
   */
  takeRest(): Uint8Array {
    const rest = this.#chunk.subarray(this.#at);
    const held = this.#held.subarray(0, this.#heldLength);
    this.#chunk = EMPTY;
    this.#at = 0;
    this.#startLine();
    return held.length === 0 ? rest : concat([held, rest]);
  }

  /** Keeps the unread octets, which hold no end of a line, until more come. */
  #hold(): Line | null {
    const chunk = this.#chunk;
    const start = this.#at;
    const unread = chunk.length - start;
    this.#chunk = EMPTY;
    this.#at = 0;
    if (unread === 0) return null;
    const length = this.#heldLength + this.#discarded + unread;
    // One more octet, the LF, is sure to come before the line ends.
    if (this.#discarded === 0 && length < this.limit) {
      this.#keep(chunk.subarray(start));
      return null;
    }
    this.#heldLength = 0;
    this.#held = EMPTY;
    this.#discarded = length;
    this.#discardedCr = chunk[chunk.length - 1] === CR;
    return length < this.#bound() ? null : this.#die();
  }

  /** Ends a line whose beginning came earlier. */
  #finish(start: number, end: number): Line {
    const length = this.#heldLength + this.#discarded + end - start;
    const last = end - 2 >= start ? this.#chunk[end - 2] : this.#lastOctet();
    if (this.#discarded > 0 || length > this.limit) return this.#overlong(length, last === CR);
    this.#keep(this.#chunk.subarray(start, end));
    const held = this.#held;
    this.#startLine();
    if (last === CR) return { kind: "line", bytes: held.subarray(0, length - 2) };
    return this.#acceptBareLf ? { kind: "line", bytes: held.subarray(0, length - 1) } : BARE_LF;
  }

  #overlong(length: number, endsInCrLf: boolean): Line {
    this.#startLine();
    if (length > this.#bound()) return this.#die();
    return endsInCrLf || this.#acceptBareLf ? TOO_LONG : BARE_LF;
  }

  #lastOctet(): number {
    if (this.#discarded > 0) return this.#discardedCr ? CR : LF;
    return this.#held[this.#heldLength - 1];
  }

  #keep(part: Uint8Array): void {
    const length = this.#heldLength + part.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(64, 2 * this.#held.length, length));
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(part, this.#heldLength);
    this.#heldLength = length;
  }

  #startLine(): void {
    this.#heldLength = 0;
    this.#discarded = 0;
    if (this.#held.length > KEEP) this.#held = EMPTY;
  }

  #bound(): number {
    return Math.max(this.#discardLimit, this.limit);
  }

  #die(): Line {
    this.#dead = true;
    this.#chunk = EMPTY;
    this.#at = 0;
    this.#startLine();
    return ENDLESS;
  }
}
