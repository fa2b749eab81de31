/**
 * Encoders of the body of a MIME entity, line by line.
 *
 * @module
 */

import { encodeBase64 } from "../../session/wire/base64.ts";
import { ascii, concat, CR, EMPTY, LF } from "../../session/wire/bytes.ts";
import { QuotedPrintableEncoder } from "../../session/wire/quoted_printable.ts";

/** Writes a body in another encoding. */
export interface BodyEncoder {
  /** Encodes a line with its CRLF, or a piece of a long one. */
  encode(line: Uint8Array): Uint8Array;
  /**
   * Ends the body.
   *
   * @param delimited Whether a delimiter follows, to which the last CRLF belongs (RFC 2046, section 5.1.1).
   */
  finish(delimited: boolean): Uint8Array;
}

const CRLF = ascii("\r\n");
/** The octets of one line of base64 (RFC 2045, section 6.8). */
const GROUP = 57;

/**
 * Makes an encoder.
 *
 * @param encoding `"quoted-printable"`; or `"7bit"` or `"base64"`, for both of which it is base64.
 * @returns The encoder.
 */
export function bodyEncoder(encoding: string): BodyEncoder {
  if (encoding !== "quoted-printable") return new Base64Body();
  const encoder = new QuotedPrintableEncoder();
  // A line end stays a line end: whose it is makes no difference.
  return { encode: (line) => encoder.encode(line), finish: () => EMPTY };
}

class Base64Body implements BodyEncoder {
  /** What is left of the last group. */
  #rest: Uint8Array = EMPTY;
  /** Whether a CRLF has come, which belongs to the delimiter if one follows. */
  #lineEnd = false;
  #empty = true;

  encode(line: Uint8Array): Uint8Array {
    const ends = line.at(-1) === LF && line.at(-2) === CR;
    const content = ends ? line.subarray(0, -2) : line;
    const octets = concat([this.#rest, this.#lineEnd ? CRLF : EMPTY, content]);
    const whole = octets.length - octets.length % GROUP;
    this.#lineEnd = ends;
    this.#rest = octets.slice(whole);
    return this.#write(octets.subarray(0, whole));
  }

  finish(delimited: boolean): Uint8Array {
    const last = this.#write(concat([this.#rest, this.#lineEnd && !delimited ? CRLF : EMPTY]));
    return this.#empty && this.#lineEnd ? CRLF : last;
  }

  #write(octets: Uint8Array): Uint8Array {
    if (octets.length > 0) this.#empty = false;
    const lines: Uint8Array[] = [];
    for (let at = 0; at < octets.length; at += GROUP) {
      lines.push(ascii(encodeBase64(octets.subarray(at, at + GROUP))), CRLF);
    }
    return concat(lines);
  }
}
