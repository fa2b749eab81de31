/**
 * The search for the few octets of a message's content that matter: dots at the start of a line, bare CR, bare LF, NUL.
 *
 * Content is long, and most of it is text: it is looked through by a few lines of WebAssembly (`content_scan.wat`),
 * sixteen octets in one step, many times as fast as one by one.
 *
 * @module
 */

import { ascii, CR, LF } from "./bytes.ts";
import { decodeBase64 } from "./base64.ts";
import { CODE } from "./content_scan_code.ts";

/** The most octets that are looked through at a time. */
export const MOST_SCANNED: number = 64 * 1024;

/** Where they lie in the memory of the scanner; before them is room for the two that came before. */
const START = 16;

/** A fault of content: a CR without LF, or an LF without CR. */
export const BARE_LINE_END = 1;
/** A fault of content: an octet 0. */
export const NUL_OCTET = 2;

/** What does not belong in a message that travels by DATA. */
export interface ContentFaults {
  /** A CR without LF, or an LF without CR. */
  readonly bareLineEnd: boolean;
  /** An octet 0. */
  readonly nul: boolean;
}

/**
 * Names faults.
 *
 * @param bits What {@linkcode ContentScanner.takeFaults} gave, all of it put together.
 * @returns The faults.
 */
export function contentFaults(bits: number): ContentFaults {
  return { bareLineEnd: (bits & BARE_LINE_END) !== 0, nul: (bits & NUL_OCTET) !== 0 };
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  nextDot(at: number, end: number): number;
  takeFaults(): number;
}

/** What came before the first octet of a content: the end of a line. */
export const LINE_END: number = CR << 8 | LF;

/** Looks through content, a part at a time. One serves all, as nothing waits between the calls for one part. */
export class ContentScanner {
  static #only: ContentScanner | null = null;
  readonly #exports: Exports;
  readonly #memory: Uint8Array;
  #end = START;

  private constructor() {
    const code = decodeBase64(ascii(CODE)) as Uint8Array<ArrayBuffer>;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
    this.#exports = exports as unknown as Exports;
    this.#memory = new Uint8Array(this.#exports.memory.buffer);
  }

  /** The scanner, made when it is first needed. */
  static get only(): ContentScanner {
    return this.#only ??= new ContentScanner();
  }

  /**
   * Takes a part up, in place of the last.
   *
   * @param part The octets, at most {@linkcode MOST_SCANNED}; they are copied.
   * @param before The two octets before it: the last but one times 256, and the last.
   */
  load(part: Uint8Array, before: number): void {
    this.#memory[START - 2] = before >> 8;
    this.#memory[START - 1] = before;
    this.#memory.set(part, START);
    this.#end = START + part.length;
  }

  /**
   * Finds the next dot at the start of a line, and takes note of what else it comes across.
   *
   * @param at Where to start.
   * @returns The place of that dot; the length of the part where there is none.
   */
  nextDot(at: number): number {
    return this.#exports.nextDot(START + at, this.#end) - START;
  }

  /**
   * Tells what did not belong in the content that was looked through since the last time. A CR at the end of a part
   * counts with the next part, where no LF follows.
   *
   * @returns {@linkcode BARE_LINE_END} and {@linkcode NUL_OCTET}, added; 0 where all was well.
   */
  takeFaults(): number {
    return this.#exports.takeFaults();
  }
}

/**
 * What came last, for {@linkcode ContentScanner.load} of the next part.
 *
 * @param before The two octets before a part.
 * @param part The part; it is not empty.
 * @returns Its last two octets, of which one may be of an earlier part.
 */
export function lastTwo(before: number, part: Uint8Array): number {
  const { length } = part;
  return (length === 1 ? before << 8 & 0xff00 : part[length - 2] << 8) | part[length - 1];
}
