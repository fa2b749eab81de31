/**
 * Domains, address literals, and the name that a client gives itself.
 *
 * @module
 */

import {
  ascii,
  COLON,
  decodeLatin1,
  DOT,
  encodeUtf8,
  HYPHEN,
  isDigit,
  isLetter,
  LBRACKET,
  RBRACKET,
  startsWithIgnoreCase,
  UNDERSCORE,
} from "./bytes.ts";
import { hasHidden, isStopLike } from "./characters.ts";
import { printable } from "./escape.ts";
import { isIpv4, isIpv6 } from "./ip_address.ts";

/** The most octets in a domain ([RFC 5321 section 4.5.3.1.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.2)). */
export const MAX_DOMAIN = 255;
/** The most octets in a label of a domain (RFC 1035 section 2.3.4). */
const MAX_LABEL = 63;
const IPV6_TAG = ascii("IPV6:");

/**
 * Finds the end of a domain or of an address literal
 * ([RFC 5321 section 4.1.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2)). Octets above 127 count as letters (RFC
 * 6531): whoever allows them decodes them and calls {@linkcode isDomainText}.
 *
 * @param bytes The octets.
 * @param start Where the domain starts.
 * @returns The place behind it; -1 where none stands there.
 */
export function domainEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] === LBRACKET) return literalEnd(bytes, start);
  let label = start;
  let utf8 = false;
  let i = start;
  for (; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isLetter(byte) || isDigit(byte)) continue;
    if (byte > 0x7f) utf8 = true;
    else if (byte === HYPHEN) {
      if (i === label) return -1;
    } else if (byte === DOT) {
      if (!isLabel(bytes, label, i, utf8)) return -1;
      label = i + 1;
      utf8 = false;
    } else break;
  }
  return isLabel(bytes, label, i, utf8) && i - start <= MAX_DOMAIN ? i : -1;
}

/** Whether a label that holds only fitting characters also has a fitting length and end. */
function isLabel(bytes: Uint8Array, start: number, end: number, utf8: boolean): boolean {
  // The length of a label beyond ASCII is that of its A-label, which is not known here.
  return end > start && (utf8 || end - start <= MAX_LABEL) && bytes[end - 1] !== HYPHEN;
}

function literalEnd(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(RBRACKET, start);
  if (end < 0 || end - start >= MAX_DOMAIN) return -1;
  const from = start + 1;
  const fits = startsWithIgnoreCase(bytes, IPV6_TAG, from)
    ? isIpv6(bytes, from + IPV6_TAG.length, end)
    : isIpv4(bytes, from, end);
  return fits ? end + 1 : -1;
}

/**
 * Whether the characters of a domain may stand in one, beyond what {@linkcode domainEnd} has checked on its octets: none
 * is hidden, and none is taken for a full stop by other software (RFC 3490 section 3.1).
 *
 * @param text The domain.
 * @returns Whether all of its characters may stand there.
 */
export function isDomainText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (isStopLike(text.charCodeAt(i))) return false;
  }
  return !hasHidden(text);
}

/**
 * Checks a domain or an address literal, such as `example.org`, `münchen.example`, `[192.0.2.1]` or `[IPv6:2001:db8::1]`.
 *
 * @param text The domain.
 * @returns The same text.
 * @throws {SyntaxError} If it is neither.
 */
export function parseDomain(text: string): string {
  if (!isDomain(text)) {
    throw new SyntaxError(
      `Cannot read a domain: its syntax is wrong, got "${printable(text, 80)}"`,
    );
  }
  return text;
}

/**
 * Whether a text is a domain or an address literal.
 *
 * @param text The text.
 * @returns Whether it is one.
 */
export function isDomain(text: string): boolean {
  // Longer than any domain: not worth to be looked at.
  if (text.length > MAX_DOMAIN || !text.isWellFormed()) return false;
  const bytes = encodeUtf8(text);
  return domainEnd(bytes, 0) === bytes.length && isDomainText(text);
}

/**
 * Reads the argument of EHLO or HELO
 * ([RFC 5321 section 4.1.1.1](https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.1)): a domain or an address literal, and
 * also what clients send instead: names with underscores, a dot at the end, an address without brackets.
 *
 * @param args What stands behind the verb.
 * @returns The name.
 * @throws {SyntaxError} If there is no name, more than one, or a character that cannot stand in one.
 */
export function parseHelloName(args: Uint8Array): string {
  const literal = args[0] === LBRACKET;
  const fits = literal ? literalEnd(args, 0) === args.length : args.every(isHelloCharacter);
  if (!fits || args.length === 0 || args.length > MAX_DOMAIN) {
    throw new SyntaxError(
      `Cannot read the name of the client: it must be a domain or an address literal, got "${
        printable(args, 80)
      }"`,
    );
  }
  return decodeLatin1(args);
}

function isHelloCharacter(byte: number): boolean {
  return isLetter(byte) || isDigit(byte) || byte === HYPHEN || byte === DOT || byte === COLON ||
    byte === UNDERSCORE;
}
