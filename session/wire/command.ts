/**
 * Commands: what a client says ([RFC 5321 section 4.1](https://www.rfc-editor.org/rfc/rfc5321#section-4.1)).
 *
 * @module
 */

import type { Address } from "./address.ts";
import { parsePath } from "./address.ts";
import {
  ascii,
  decodeLatin1,
  DEL,
  EMPTY,
  encodeUtf8,
  HYPHEN,
  isDigit,
  isLetter,
  SP,
  startsWithIgnoreCase,
  upperAscii,
} from "./bytes.ts";
import { printable } from "./escape.ts";
import type { Params } from "./params.ts";
import { parseParams } from "./params.ts";

/** A command line, divided into its verb and the rest. */
export interface Command {
  /** The verb, in upper case; empty where the line does not start with a word that could be one. */
  readonly verb: string;
  /** What stands behind the verb and its spaces, without the spaces at the end: a view of the line. */
  readonly args: Uint8Array;
  /** Whether a control character is in the line: NUL, CR, any other below the space, DEL. */
  readonly hasControl: boolean;
  /** Whether an octet above 127 is in the line. */
  readonly hasEightBit: boolean;
}

/** How exactly the arguments of MAIL and RCPT are read. */
export interface ArgumentOptions {
  /**
   * Whether the one space that many clients put behind `FROM:` and `TO:` is refused, as are local parts of more than 64
   * octets.
   *
   * @default {false}
   */
  strict?: boolean;
}

/** The arguments of MAIL. */
export interface MailArguments {
  /** The sender; null for the null reverse-path `<>`. */
  readonly address: Address | null;
  /** The parameters. */
  readonly params: Params;
}

/** The arguments of RCPT. */
export interface RcptArguments {
  /** The recipient. */
  readonly address: Address;
  /** The parameters. */
  readonly params: Params;
}

/** A word longer than this is no verb of any extension. */
const MAX_VERB = 32;
const FROM = ascii("FROM:");
const TO = ascii("TO:");

/** The verbs of four letters, by {@linkcode fourLetters}: no string has to be made for them. */
const VERBS: ReadonlyMap<number, string> = new Map(
  [
    "HELO",
    "EHLO",
    "LHLO",
    "MAIL",
    "RCPT",
    "DATA",
    "BDAT",
    "RSET",
    "NOOP",
    "QUIT",
    "VRFY",
    "EXPN",
    "HELP",
    "AUTH",
    "TURN",
    "ETRN",
  ].map(verbEntry),
);

function verbEntry(verb: string): [number, string] {
  return [fourLetters(ascii(verb)), verb];
}

/** Four letters as one number, whatever their case: five bits for each. */
function fourLetters(line: Uint8Array): number {
  return (line[0] & 31) << 15 | (line[1] & 31) << 10 | (line[2] & 31) << 5 | line[3] & 31;
}

/**
 * Divides a command line into verb and arguments.
 *
 * @param line The line, without its CRLF.
 * @returns The command: a view of the line.
 */
export function parseCommand(line: Uint8Array): Command {
  const length = line.length;
  let letters = 0;
  while (letters < length && isLetter(line[letters])) letters++;
  let end = letters;
  while (end > 0 && end < length && isVerbCharacter(line[end])) end++;
  const whole = end === length || line[end] === SP;
  let verb = "";
  if (whole && end > 0) {
    verb = (end === 4 && letters === 4 ? VERBS.get(fourLetters(line)) : undefined) ??
      decodeVerb(line, end);
  }
  let hasControl = false;
  let hasEightBit = false;
  for (let i = end; i < length; i++) {
    const byte = line[i];
    if (byte < SP || byte === DEL) hasControl = true;
    else if (byte > DEL) hasEightBit = true;
  }
  return { verb, args: argumentsOf(line, end), hasControl, hasEightBit };
}

function isVerbCharacter(byte: number): boolean {
  return isLetter(byte) || isDigit(byte) || byte === HYPHEN;
}

function decodeVerb(line: Uint8Array, end: number): string {
  return end > MAX_VERB ? "" : upperAscii(decodeLatin1(line.subarray(0, end)));
}

function argumentsOf(line: Uint8Array, verbEnd: number): Uint8Array {
  let start = verbEnd;
  let end = line.length;
  while (start < end && line[start] === SP) start++;
  while (end > start && line[end - 1] === SP) end--;
  return start === end ? EMPTY : line.subarray(start, end);
}

/**
 * Reads the arguments of MAIL: `FROM:<reverse-path> parameters`.
 *
 * @param args What stands behind the verb.
 * @param options How exactly to read.
 * @returns The sender and the parameters.
 * @throws {SyntaxError} If the arguments are malformed.
 */
export function parseMailArguments(args: Uint8Array, options: ArgumentOptions = {}): MailArguments {
  const strict = options.strict === true;
  const { address, end } = parsePath(args, pathStart(args, FROM, strict), { strict });
  // Only a recipient may be the postmaster of no domain (RFC 5321 section 4.1.1.3).
  if (address !== null && address.domain === null) {
    throw malformed("a sender needs a domain", args);
  }
  return { address, params: paramsAt(args, end) };
}

/**
 * Reads the arguments of RCPT: `TO:<forward-path> parameters`.
 *
 * @param args What stands behind the verb.
 * @param options How exactly to read.
 * @returns The recipient and the parameters.
 * @throws {SyntaxError} If the arguments are malformed.
 */
export function parseRcptArguments(args: Uint8Array, options: ArgumentOptions = {}): RcptArguments {
  const strict = options.strict === true;
  const { address, end } = parsePath(args, pathStart(args, TO, strict), { strict });
  if (address === null) throw malformed("a recipient cannot be empty", args);
  return { address, params: paramsAt(args, end) };
}

/** Where the path starts: right behind `FROM:` or `TO:`, or behind one space. */
function pathStart(args: Uint8Array, keyword: Uint8Array, strict: boolean): number {
  if (!startsWithIgnoreCase(args, keyword, 0)) {
    throw malformed(`no "${decodeLatin1(keyword)}"`, args);
  }
  return keyword.length + (!strict && args[keyword.length] === SP ? 1 : 0);
}

function paramsAt(args: Uint8Array, pathEnd: number): Params {
  if (pathEnd === args.length) return parseParams(EMPTY);
  if (args[pathEnd] !== SP) throw malformed("no space behind the path", args);
  return parseParams(args.subarray(pathEnd + 1));
}

function malformed(reason: string, args: Uint8Array): SyntaxError {
  return new SyntaxError(`Cannot read the arguments: ${reason}, got "${printable(args, 80)}"`);
}

/**
 * Writes a command line: the one place where the strings of a client become octets on the wire.
 *
 * @param parts Verb and arguments, joined by one space each; empty ones are left out.
 * @returns The line, in UTF-8, with its CRLF.
 * @throws {TypeError} If a part holds CR, LF, NUL, another control character or a lone surrogate.
 */
export function formatCommand(parts: readonly string[]): Uint8Array {
  let line = "";
  let isAscii = true;
  for (const part of parts) {
    isAscii = checkPart(part) && isAscii;
    line += line === "" || part === "" ? part : ` ${part}`;
  }
  return isAscii ? ascii(`${line}\r\n`) : encodeUtf8(`${line}\r\n`);
}

/** Refuses what must not reach the wire. Returns whether the part is ASCII. */
function checkPart(part: string): boolean {
  // What arrives here comes from callers, who need not have a compiler that checks them.
  if (typeof part !== "string") {
    throw new TypeError(`Cannot write a command: a part must be a string, got ${typeof part}`);
  }
  let isAscii = true;
  for (let i = 0; i < part.length; i++) {
    const code = part.charCodeAt(i);
    if (code > DEL) isAscii = false;
    else if (code < SP || code === DEL) {
      const hex = `${code < 16 ? "0" : ""}${code.toString(16)}`;
      throw new TypeError(`Cannot write a command: a control character is in it, got \\x${hex}`);
    }
  }
  if (!isAscii && !part.isWellFormed()) {
    throw new TypeError("Cannot write a command: a lone surrogate is in it");
  }
  return isAscii;
}
