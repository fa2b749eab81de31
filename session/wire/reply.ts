/**
 * Replies: what a server says to each command, written and read.
 *
 * @module
 */

import {
  ascii,
  CR,
  decodeLatin1,
  decodeUtf8,
  encodeUtf8,
  HYPHEN,
  parseDecimal,
  SP,
} from "./bytes.ts";
import { isEnhancedStatus, parseEnhancedStatus } from "./enhanced_status.ts";
import { printable, printableAscii, printableReply } from "./escape.ts";
import { LineDecoder } from "./line_decoder.ts";

/** A reply ([RFC 5321 section 4.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.2)). */
export interface Reply {
  /** The code, 200 to 599. */
  readonly code: number;
  /** The enhanced status code (RFC 3463), such as `"5.7.1"`; null where there is none. */
  readonly enhanced: string | null;
  /** The text of each line, without the code and without the enhanced status code. At least one line, be it empty. As it came: a terminal gets it by {@linkcode formatReplyText}. */
  readonly lines: readonly string[];
}

/** How much a {@linkcode ReplyDecoder} takes from a server. */
export interface ReplyLimits {
  /**
   * The most octets in one line, its end included.
   *
   * @default {4096}
   */
  line?: number;
  /**
   * The most octets in one reply.
   *
   * @default {65536}
   */
  reply?: number;
  /**
   * The most lines in one reply.
   *
   * @default {1000}
   */
  lines?: number;
}

/** The longest line of a reply, its CRLF included (RFC 5321 section 4.5.3.1.5). */
const LINE_LIMIT = 512;
/** The longest challenge of AUTH, its CRLF included (RFC 4954 section 4): cut, it would be another challenge. */
const CHALLENGE_LIMIT = 12_288;

/**
 * Writes a reply. The code and the enhanced status code stand on every line; what is not printable ASCII in the text is
 * escaped; a line is cut to 512 octets.
 *
 * @param reply The reply.
 * @param utf8 Whether visible characters outside ASCII stay, which the replies to VRFY may hold
 * ([RFC 6531, section 3.7.4.2](https://www.rfc-editor.org/rfc/rfc6531#section-3.7.4.2)).
 * @returns Its octets, each line ended by CRLF.
 * @throws {TypeError} If the code is not 200 to 599, or the enhanced status code is none or of another class.
 */
export function encodeReply(reply: Reply, utf8 = false): Uint8Array {
  const { code, enhanced, lines } = reply;
  if (!Number.isInteger(code) || code < 200 || code > 599) {
    throw new TypeError(`Cannot write a reply: "code" must be 200 to 599, got ${code}`);
  }
  if (enhanced !== null) checkEnhanced(code, enhanced);
  const limit = (code === 334 ? CHALLENGE_LIMIT : LINE_LIMIT) - 2;
  const last = lines.length - 1;
  let text = "";
  const show = utf8 ? printableUtf8 : printableAscii;
  for (let i = 0; i < last; i++) text += formatLine(`${code}-`, enhanced, lines[i], limit, show);
  text += formatLine(`${code} `, enhanced, last < 0 ? "" : lines[last], limit, show);
  return utf8 ? encodeUtf8(text) : ascii(text);
}

function checkEnhanced(code: number, enhanced: string): void {
  if (!isEnhancedStatus(enhanced)) {
    throw new TypeError(
      `Cannot write a reply: "enhanced" must be an enhanced status code, got "${
        printable(enhanced, 32)
      }"`,
    );
  }
  if (enhanced.charCodeAt(0) - 0x30 !== Math.floor(code / 100)) {
    throw new TypeError(
      `Cannot write a reply: "enhanced" must be of the class of ${code}, got ${enhanced}`,
    );
  }
}

/** No UTF-16 unit is more than three octets. */
function printableUtf8(text: string, max: number): string {
  return printableReply(text, Math.floor(max / 3));
}

function formatLine(
  prefix: string,
  enhanced: string | null,
  text: string,
  limit: number,
  show: (text: string, max: number) => string,
): string {
  const start = enhanced === null
    ? prefix
    : text === ""
    ? prefix + enhanced
    : `${prefix}${enhanced} `;
  return `${start}${show(text, limit - start.length)}\r\n`;
}

/**
 * A reply as a text for people: `550 5.1.1 no such user`, the lines of a longer one joined by `\n`.
 *
 * @param reply The reply.
 * @param max The most UTF-16 units to return; a longer text ends in `…`.
 * @returns The text; what is not printable is escaped.
 */
export function formatReplyText(reply: Reply, max = 512): string {
  const start = reply.enhanced === null ? `${reply.code}` : `${reply.code} ${reply.enhanced}`;
  let text = "";
  for (const line of reply.lines) {
    if (text.length > max) break;
    text += `${text === "" ? "" : "\n"}${start}${line === "" ? "" : " "}${
      printableReply(line, max)
    }`;
  }
  if (text === "") text = start;
  if (text.length <= max) return text;
  // A surrogate pair is not cut in two.
  const end = (text.charCodeAt(max - 2) & 0xfc00) === 0xd800 ? max - 2 : max - 1;
  return `${text.slice(0, end)}…`;
}

/**
 * Reads replies from octets, however they are portioned. A bare LF ends a line too, a bare CR never does; an empty line
 * between two replies is skipped.
 */
export class ReplyDecoder {
  readonly #decoder: LineDecoder;
  readonly #replyLimit: number;
  readonly #linesLimit: number;
  #code = 0;
  #lines: string[] = [];
  #octets = 0;
  #blanks = 0;
  #failure: SyntaxError | null = null;

  /**
   * Makes a decoder.
   *
   * @param limits How much to take from a server.
   */
  constructor(limits: ReplyLimits = {}) {
    const line = limits.line ?? 4096;
    this.#decoder = new LineDecoder(line, { bareLf: "accept", discardLimit: line });
    this.#replyLimit = limits.reply ?? 65_536;
    this.#linesLimit = limits.lines ?? 1000;
  }

  /** Whether there are octets that no reply of `next()` has covered: call it after `next()` has returned null. */
  get pending(): boolean {
    return this.#lines.length > 0 || this.#decoder.pending;
  }

  /**
   * Adds octets.
   *
   * @param chunk The octets. They are not copied: leave them alone until `next()` has returned null.
   */
  push(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
  }

  /**
   * The next reply.
   *
   * @returns The reply, or null when more octets are needed.
   * @throws {SyntaxError} If the server sent something that is no reply, or too much of it. It throws the same ever after.
   */
  next(): Reply | null {
    if (this.#failure !== null) throw this.#failure;
    for (;;) {
      const line = this.#decoder.next();
      if (line === null) return null;
      if (line.kind !== "line") throw this.#fail("a line is too long");
      if (line.bytes.length === 0 && this.#lines.length === 0) {
        if (++this.#blanks > this.#linesLimit) throw this.#fail("too many empty lines");
        continue;
      }
      if (this.#takeLine(line.bytes)) return this.#takeReply();
    }
  }

  /**
   * Hands out all octets that are not part of a reply yet, and forgets them: for the change to TLS.
   *
   * @returns The octets of the line that is not complete, and what came behind it.
   */
  takeRest(): Uint8Array {
    return this.#decoder.takeRest();
  }

  /** Takes one line in. Returns whether it is the last of its reply. */
  #takeLine(bytes: Uint8Array): boolean {
    const code = parseDecimal(bytes, 0, 3, 3);
    if (code < 200 || code > 599) throw this.#fail("no reply code 200 to 599", bytes);
    const separator = bytes.length > 3 ? bytes[3] : SP;
    if (separator !== SP && separator !== HYPHEN) {
      throw this.#fail("neither a space nor a hyphen after the code", bytes);
    }
    if (bytes.includes(CR)) throw this.#fail("a CR inside the line", bytes);
    if (this.#lines.length > 0 && code !== this.#code) {
      throw this.#fail(`another code in a reply that began with ${this.#code}`, bytes);
    }
    this.#octets += bytes.length + 2;
    if (this.#octets > this.#replyLimit) throw this.#fail("the reply is too long");
    if (this.#lines.length >= this.#linesLimit) throw this.#fail("the reply has too many lines");
    this.#code = code;
    const text = bytes.subarray(4);
    this.#lines.push(decodeUtf8(text) ?? decodeLatin1(text));
    return separator === SP;
  }

  #takeReply(): Reply {
    const reply = separateStatus(this.#code, this.#lines);
    this.#lines = [];
    this.#octets = 0;
    this.#blanks = 0;
    return reply;
  }

  #fail(reason: string, bytes?: Uint8Array): SyntaxError {
    const got = bytes === undefined ? "" : `, got "${printable(bytes)}"`;
    this.#failure = new SyntaxError(`Cannot read the reply: ${reason}${got}`);
    return this.#failure;
  }
}

/** Moves the enhanced status code out of the lines. One whose class is not that of the code is text (RFC 2034 section 4). */
function separateStatus(code: number, lines: readonly string[]): Reply {
  const digit = Math.floor(code / 100) + 0x30;
  let enhanced: string | null = null;
  const texts: string[] = [];
  for (const line of lines) {
    const found = line.charCodeAt(0) === digit ? parseEnhancedStatus(line) : null;
    if (found !== null) enhanced ??= found.status;
    texts.push(found !== null && found.status === enhanced ? found.rest : line);
  }
  return { code, enhanced, lines: texts };
}
