/**
 * The header of a message ([RFC 5322, section 2.2](https://www.rfc-editor.org/rfc/rfc5322#section-2.2)): where it
 * ends, which fields it has, and what is left of it without its blind copies.
 *
 * A line ends at CRLF, at a lone LF or at a lone CR, because each of these goes out as CRLF: the header
 * that is read here is the header that the receiver will see.
 *
 * @module
 */

import { ascii, concat, CR, equalsIgnoreCase, LF, SP, TAB } from "../../session/wire/bytes.ts";

const COLON = 0x3a;
const BOM = [0xef, 0xbb, 0xbf];
const BCC = [ascii("BCC"), ascii("RESENT-BCC")];

/** A field of a header. */
export interface HeaderField {
  /** The name's octets, without the white space that may stand before the colon; empty for a line that is no field. */
  readonly name: Uint8Array;
  /** What stands behind the colon, folded lines with their line ends. */
  readonly value: Uint8Array;
  /** The whole field with its line ends. */
  readonly raw: Uint8Array;
}

/** Finds the end of a header in what comes, piece by piece. */
export class HeaderScanner {
  /** Octets seen. */
  #at = 0;
  /** Whether the current line is empty so far. */
  #empty = true;
  /** Whether the last octet was a CR, whose LF may yet come. */
  #afterCr = false;
  /** Whether the header is over but for the LF of its last CR. */
  #over = false;

  /**
   * Takes the next piece.
   *
   * @param chunk The octets.
   * @returns How long the header is, with the empty line that ends it, counted from the first octet of all; -1 where its end has not come.
   */
  push(chunk: Uint8Array): number {
    for (let i = 0; i < chunk.length; i++) {
      const octet = chunk[i];
      if (this.#over) return this.#at + (octet === LF ? i + 1 : i);
      if (octet === LF && this.#afterCr) {
        this.#afterCr = false;
        continue;
      }
      this.#afterCr = octet === CR;
      if (octet !== CR && octet !== LF) {
        this.#empty = false;
      } else if (this.#empty) {
        if (octet === LF) return this.#at + i + 1;
        this.#over = true;
      } else {
        this.#empty = true;
      }
    }
    this.#at += chunk.length;
    return -1;
  }
}

/**
 * Cuts a header into its fields. A line that is no field is kept as one without a name.
 *
 * @param header The octets of a header, with or without the empty line at its end.
 * @returns The fields in order; the empty line is none of them.
 */
export function parseHeader(header: Uint8Array): HeaderField[] {
  const fields: HeaderField[] = [];
  let start = 0;
  while (start < header.length && !isLineEnd(header[start])) {
    let end = lineEnd(header, start);
    while (end < header.length && isSpace(header[end])) end = lineEnd(header, end);
    fields.push(field(header.subarray(start, end)));
    start = end;
  }
  return fields;
}

/**
 * What of a header may be sent: all but its blind copies
 * ([RFC 5322, section 3.6.3](https://www.rfc-editor.org/rfc/rfc5322#section-3.6.3)).
 *
 * @param header The octets of a header, with the empty line at its end where it has one.
 * @param fields Its fields.
 * @returns The same octets where there are no blind copies, else those of the other fields and the empty line.
 */
export function withoutBlindCopies(
  header: Uint8Array,
  fields: readonly HeaderField[],
): Uint8Array {
  const kept = fields.filter((field) => !BCC.some((name) => equalsIgnoreCase(field.name, name)));
  if (kept.length === fields.length) return header;
  const length = fields.reduce((sum, field) => sum + field.raw.length, 0);
  return concat([...kept.map((field) => field.raw), header.subarray(length)]);
}

function field(raw: Uint8Array): HeaderField {
  const colon = raw.indexOf(COLON);
  // Some editors put a byte order mark in front of a text: it hides no Bcc.
  let start = BOM.every((octet, i) => raw[i] === octet) ? BOM.length : 0;
  let end = Math.max(colon, 0);
  // White space before the colon is obsolete syntax (RFC 5322 4.5), and "Bcc :" is a Bcc all the same.
  while (start < end && isBlank(raw[start])) start++;
  while (end > start && isBlank(raw[end - 1])) end--;
  return { name: raw.subarray(start, end), value: raw.subarray(colon + 1), raw };
}

/** The index just after the line that holds an index. */
function lineEnd(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && !isLineEnd(bytes[at])) at++;
  if (at < bytes.length && bytes[at] === CR && bytes[at + 1] === LF) return at + 2;
  return Math.min(at + 1, bytes.length);
}

function isLineEnd(octet: number): boolean {
  return octet === CR || octet === LF;
}

function isSpace(octet: number): boolean {
  return octet === SP || octet === TAB;
}

function isBlank(octet: number): boolean {
  return isSpace(octet) || isLineEnd(octet);
}
