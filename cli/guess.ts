/**
 * What somebody may have meant.
 *
 * @module
 */

import { closest, distance } from "fastest-levenshtein";

/** A longer word is no slip of the finger, and would take long to compare. */
const LONGEST = 40;

/**
 * Says what a word that is not known could be instead.
 *
 * @param word The word.
 * @param known The words that are known, at least one.
 * @returns Such as `did you mean "send"?`; where none is near, `known are send, verify`.
 */
export function guess(word: string, known: readonly string[]): string {
  const nearest = closest(word.slice(0, LONGEST), known);
  const near = word.length <= LONGEST && distance(word, nearest) <= Math.max(2, word.length / 3);
  return near ? `did you mean "${nearest}"?` : `known are ${known.join(", ")}`;
}
