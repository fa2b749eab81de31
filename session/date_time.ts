/**
 * Dates and times as parameters of MAIL have them.
 *
 * @module
 */

import { DOT, isDigit, parseDecimalText, upperAscii } from "./wire/bytes.ts";

/** Where seconds end, and a fraction or the offset begins. */
const END = "2026-01-31T23:59:59".length;

/**
 * Reads a date and time ([RFC 3339, section 5.6](https://www.rfc-editor.org/rfc/rfc3339#section-5.6)), such as
 * `2026-01-31T23:59:59Z` or `2026-01-31T23:59:59.5+01:00`.
 *
 * @param text The date and time.
 * @returns Milliseconds since 1970, fractions of a second left out; null where the text is none. A leap second is none.
 */
export function parseDateTime(text: string): number | null {
  const [year, month, day, hour, minute, second] = [0, 5, 8, 11, 14, 17].map((at) =>
    parseDecimalText(text.slice(at, at === 0 ? 4 : at + 2), 4)
  );
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // Written again it is the same only where each part was in its place and its range.
  const written = new Date(time).toISOString().slice(0, END);
  const offset = offsetMinutes(upperAscii(text.slice(fractionEnd(text))));
  return written === upperAscii(text.slice(0, END)) && offset !== null
    ? time - offset * 60_000
    : null;
}

function fractionEnd(text: string): number {
  if (text.charCodeAt(END) !== DOT) return END;
  let end = END + 1;
  while (isDigit(text.charCodeAt(end))) end++;
  return end === END + 1 ? END : end;
}

function offsetMinutes(offset: string): number | null {
  if (offset === "Z") return 0;
  const hours = parseDecimalText(offset.slice(1, 3), 2);
  const minutes = parseDecimalText(offset.slice(4), 2);
  const shaped = offset.length === 6 && offset[3] === ":" && hours >= 0 && minutes >= 0;
  if (!shaped || hours > 23 || minutes > 59) return null;
  if (offset[0] !== "+" && offset[0] !== "-") return null;
  return (hours * 60 + minutes) * (offset[0] === "-" ? -1 : 1);
}

/**
 * Writes a date and time in UTC, to the second.
 *
 * @param time Milliseconds since 1970.
 * @returns Such as `2026-01-31T23:59:59Z`.
 */
export function formatDateTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, END)}Z`;
}
