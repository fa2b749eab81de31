/**
 * Enhanced status codes (RFC 3463).
 *
 * @module
 */

import { DOT, SP } from "./bytes.ts";

/** A text, divided into its enhanced status code and what stands behind it. */
export interface StatusAndText {
  /** The enhanced status code, such as `"5.7.1"`. */
  readonly status: string;
  /** The text behind it and its one space. */
  readonly rest: string;
}

/**
 * Reads the enhanced status code at the start of a text
 * ([RFC 3463 section 2](https://www.rfc-editor.org/rfc/rfc3463#section-2)): class 2, 4 or 5, subject and detail of one
 * to three digits without a leading zero, then a space or the end.
 *
 * @param text The text.
 * @returns The code and the rest; null where the text does not start with a code.
 */
export function parseEnhancedStatus(text: string): StatusAndText | null {
  const end = statusEnd(text);
  if (end < 0) return null;
  if (end === text.length) return { status: text, rest: "" };
  if (text.charCodeAt(end) !== SP) return null;
  return { status: text.slice(0, end), rest: text.slice(end + 1) };
}

/**
 * Whether a text is an enhanced status code and nothing else.
 *
 * @param text The text.
 * @returns Whether it is one.
 */
export function isEnhancedStatus(text: string): boolean {
  return statusEnd(text) === text.length;
}

/**
 * Divides the text of a refusal so that its code is of the class of the reply
 * ([RFC 2034, section 4](https://www.rfc-editor.org/rfc/rfc2034#section-4)): a code of another class keeps its subject and
 * detail; in place of none, or of three numbers that are no code, stands one that says nothing.
 *
 * @param text The text, perhaps with a code at its start.
 * @param kind The first digit of the reply code.
 * @returns A code of that class, and the text behind.
 */
export function statusOfClass(text: string, kind: "4" | "5"): StatusAndText {
  const given = parseEnhancedStatus(text);
  if (given !== null) return { status: kind + given.status.slice(1), rest: given.rest };
  const space = text.indexOf(" ");
  const end = space < 0 ? text.length : space;
  const rest = isThreeNumbers(text, end) ? text.slice(end + 1) : text;
  return { status: `${kind}.0.0`, rest };
}

/** Whether a text starts with three numbers and two dots between them, as a code that is wrong does. */
function isThreeNumbers(text: string, end: number): boolean {
  let dots = 0;
  for (let at = 0; at < end; at++) {
    if (text.charCodeAt(at) === DOT) dots++;
    else if (!isDigitAt(text, at)) return false;
  }
  return dots === 2;
}

/** The place after the code at the start of a text; -1 where there is none. */
function statusEnd(text: string): number {
  const digit = text.charCodeAt(0);
  if (digit !== 0x32 && digit !== 0x34 && digit !== 0x35) return -1;
  if (text.charCodeAt(1) !== DOT) return -1;
  const subjectEnd = numberEnd(text, 2);
  if (subjectEnd < 0 || text.charCodeAt(subjectEnd) !== DOT) return -1;
  return numberEnd(text, subjectEnd + 1);
}

function numberEnd(text: string, start: number): number {
  let end = start;
  while (end - start < 4 && isDigitAt(text, end)) end++;
  const digits = end - start;
  if (digits === 0 || digits > 3) return -1;
  return digits > 1 && text.charCodeAt(start) === 0x30 ? -1 : end;
}

function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at); // NaN past the end, which compares as false
  return code >= 0x30 && code <= 0x39;
}
