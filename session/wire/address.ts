/**
 * Paths and mailboxes: where a message comes from and goes to.
 *
 * @module
 */

import {
  ascii,
  AT,
  BACKSLASH,
  COLON,
  COMMA,
  decodeUtf8,
  DOT,
  DQUOTE,
  encodeUtf8,
  equalsIgnoreCase,
  GT,
  isDigit,
  isLetter,
  LT,
  SP,
} from "./bytes.ts";
import { hasHidden } from "./characters.ts";
import { domainEnd, isDomain, isDomainText } from "./domain.ts";
import { printable } from "./escape.ts";

/** A mailbox ([RFC 5321 section 4.1.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2)). */
export interface Address {
  /** What stands before the `@`, its quotes removed, its case kept. May be empty, may hold any printable character. */
  readonly localPart: string;
  /** The domain or the address literal, as it came; null only for `<Postmaster>`. */
  readonly domain: string | null;
  /** Both, as in `ada@example.org`: quotes stand only where they are needed. */
  readonly text: string;
  /** Whether a character outside ASCII is in it, so that SMTPUTF8 (RFC 6531) is needed. */
  readonly utf8: boolean;
}

/** A path that was read. */
export interface ParsedPath {
  /** The mailbox; null for `<>`. */
  readonly address: Address | null;
  /** The place behind the `>`. */
  readonly end: number;
}

/** How exactly a path is read. */
export interface PathOptions {
  /**
   * Whether a local part of more than 64 octets is refused (RFC 5321 section 4.5.3.1.1). Bounce addresses that carry
   * another address in themselves are often longer, and a server is asked to take what it can.
   *
   * @default {false}
   */
  strict?: boolean;
}

/** The most octets in a path, `<` and `>` included (RFC 5321 section 4.5.3.1.3). */
const MAX_PATH = 256;
/** The most octets in a local part that every server must take (RFC 5321 section 4.5.3.1.1). */
const MAX_LOCAL_PART = 64;
const POSTMASTER = ascii("POSTMASTER");
const ATOM_SPECIALS = ascii("!#$%&'*+-/=?^_`{|}~");
/** For each octet, 1 where it may stand in an atom (RFC 5322 section 3.2.3; RFC 6531 section 3.3). */
const ATOM_CHARACTERS: Uint8Array = atomCharacters();

function atomCharacters(): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const special = ATOM_SPECIALS.includes(byte);
    table[byte] = isLetter(byte) && byte < 0x80 || isDigit(byte) || special || byte > 0x7f ? 1 : 0;
  }
  return table;
}

/**
 * Reads a path: a mailbox in angle brackets, or `<>`. A source route before the mailbox is skipped (RFC 5321 appendix C).
 *
 * @param bytes The octets.
 * @param at Where the `<` stands.
 * @param options How exactly to read.
 * @returns The mailbox, and the place behind the path.
 * @throws {SyntaxError} If no path stands there.
 */
export function parsePath(bytes: Uint8Array, at = 0, options: PathOptions = {}): ParsedPath {
  if (bytes[at] !== LT) throw malformed('no "<"', bytes, at);
  if (bytes[at + 1] === GT) return { address: null, end: at + 2 };
  const start = bytes[at + 1] === AT ? routeEnd(bytes, at + 1) : at + 1;
  const local = localPartEnd(bytes, start);
  if (options.strict === true && local - start > MAX_LOCAL_PART) {
    throw malformed("the local part is too long", bytes, at);
  }
  const end = mailboxEnd(bytes, start, local);
  if (bytes[end] !== GT) throw malformed('no ">" behind the mailbox', bytes, at);
  if (end + 1 - at > MAX_PATH) throw malformed("the path is too long", bytes, at);
  return { address: makeAddress(bytes, start, local, end), end: end + 1 };
}

/**
 * Reads a mailbox without angle brackets, such as `ada@example.org`, `"ada l"@example.org` or `postmaster`.
 *
 * @param text The mailbox.
 * @returns The mailbox.
 * @throws {SyntaxError} If the text is no mailbox.
 */
export function parseMailbox(text: string): Address {
  // A text that is too long is not worth to be encoded.
  const bytes = text.length <= MAX_PATH && text.isWellFormed() ? encodeUtf8(text) : ascii("");
  if (bytes.length === 0 || bytes.length > MAX_PATH - 2) {
    throw new SyntaxError(
      `Cannot read an address: it is empty or too long, got "${printable(text, 80)}"`,
    );
  }
  const local = localPartEnd(bytes, 0);
  const end = mailboxEnd(bytes, 0, local);
  if (end !== bytes.length) throw malformed("something stands behind the mailbox", bytes, 0);
  return makeAddress(bytes, 0, local, end);
}

/**
 * Writes a mailbox, without angle brackets; quotes stand only where they are needed.
 *
 * @param address The mailbox: only its `localPart` and `domain` are looked at.
 * @returns The text, which {@linkcode parseMailbox} reads.
 * @throws {TypeError} If a control or hidden character is in it, or the domain is none.
 */
export function formatAddress(address: Pick<Address, "localPart" | "domain">): string {
  const { localPart, domain } = address;
  if (hasHidden(localPart)) {
    throw new TypeError(
      `Cannot write an address: a hidden character in the local part, got "${
        printable(localPart, 80)
      }"`,
    );
  }
  if (domain === null) {
    if (equalsIgnoreCase(encodeUtf8(localPart), POSTMASTER)) return localPart;
    throw new TypeError(
      `Cannot write an address: no domain behind the local part "${printable(localPart, 80)}"`,
    );
  }
  if (!isDomain(domain)) {
    throw new TypeError(`Cannot write an address: no domain, got "${printable(domain, 80)}"`);
  }
  return `${quoteLocalPart(localPart)}@${domain}`;
}

/** Skips `@a,@b:`. */
function routeEnd(bytes: Uint8Array, start: number): number {
  for (let at = start;;) {
    const end = bytes[at] === AT ? domainEnd(bytes, at + 1) : -1;
    if (end < 0) throw malformed("the source route is wrong", bytes, start);
    if (bytes[end] === COLON) return end + 1;
    if (bytes[end] !== COMMA) throw malformed("the source route is wrong", bytes, start);
    at = end + 1;
  }
}

/** The place behind a local part; its quotes are part of it. */
function localPartEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] === DQUOTE) return quotedEnd(bytes, start);
  let at = start;
  for (let atom = start;; atom = ++at) {
    while (at < bytes.length && ATOM_CHARACTERS[bytes[at]] === 1) at++;
    if (at === atom) throw malformed("the local part is wrong", bytes, start);
    if (bytes[at] !== DOT) return at;
  }
}

function quotedEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === DQUOTE) return at + 1;
    if (byte === BACKSLASH) at++;
    if (at === bytes.length || bytes[at] < SP || bytes[at] === 0x7f) break;
  }
  throw malformed("the quoted local part is wrong", bytes, start);
}

/** The place behind a mailbox whose local part ends at `local`. */
function mailboxEnd(bytes: Uint8Array, start: number, local: number): number {
  if (bytes[local] !== AT) {
    if (equalsIgnoreCase(bytes.subarray(start, local), POSTMASTER)) return local;
    throw malformed('no "@" behind the local part', bytes, start);
  }
  const end = domainEnd(bytes, local + 1);
  if (end < 0) throw malformed("the domain is wrong", bytes, start);
  return end;
}

function makeAddress(bytes: Uint8Array, start: number, local: number, end: number): Address {
  const all = bytes.subarray(start, end);
  const whole = decodeUtf8(all);
  if (whole === null) throw malformed("it is not UTF-8", bytes, start);
  const utf8 = whole.length < all.length; // a character outside ASCII has more octets than UTF-16 units
  const quoted = bytes[start] === DQUOTE;
  if (!quoted && !utf8) {
    const at = local - start;
    const domain = local === end ? null : whole.slice(at + 1);
    return { localPart: whole.slice(0, at), domain, text: whole, utf8 };
  }
  const written = decodeUtf8(bytes.subarray(start, local)) ?? "";
  const domain = local === end ? null : whole.slice(written.length + 1);
  if (hasHidden(written) || (domain !== null && !isDomainText(domain))) {
    throw malformed("it holds a control or hidden character", bytes, start);
  }
  const localPart = quoted ? unquote(written) : written;
  const text = quoteLocalPart(localPart) + (domain === null ? "" : `@${domain}`);
  return { localPart, domain, text, utf8 };
}

function unquote(quoted: string): string {
  let text = "";
  let from = 1;
  for (let at = quoted.indexOf("\\"); at >= 0; at = quoted.indexOf("\\", at + 2)) {
    text += quoted.slice(from, at);
    from = at + 1; // the character behind the backslash, be it another backslash, is taken as it is
  }
  return text + quoted.slice(from, -1);
}

function quoteLocalPart(localPart: string): string {
  if (isDotString(localPart)) return localPart;
  let quoted = '"';
  for (let i = 0; i < localPart.length; i++) {
    const code = localPart.charCodeAt(i);
    if (code === DQUOTE || code === BACKSLASH) quoted += "\\";
    quoted += localPart[i];
  }
  return quoted + '"';
}

function isDotString(text: string): boolean {
  let atom = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT && i > atom) atom = i + 1;
    else if (code < 0x80 && ATOM_CHARACTERS[code] === 0) return false;
  }
  return atom < text.length;
}

function malformed(reason: string, bytes: Uint8Array, at: number): SyntaxError {
  const got = printable(bytes.subarray(at), 80);
  return new SyntaxError(`Cannot read an address: ${reason}, got "${got}"`);
}
