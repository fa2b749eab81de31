/**
 * The attributes of XCLIENT and XFORWARD, by which one mail server tells another of a client
 * ([XCLIENT](https://www.postfix.org/XCLIENT_README.html), [XFORWARD](https://www.postfix.org/XFORWARD_README.html)).
 *
 * @module
 */

import { ascii, DEL, parseDecimalText, SP, upperAscii } from "./bytes.ts";
import { isDomain, parseHelloName } from "./domain.ts";
import { formatIp, parseIp } from "./ip_address.ts";
import { parseParams } from "./params.ts";
import { decodeXtext, encodeXtext } from "./xtext.ts";

/** Attributes, decoded, by their name in upper case. */
export type Attributes = Readonly<Record<string, string>>;

/** The value of an attribute that is not known. */
export const UNAVAILABLE = "[UNAVAILABLE]";
/** The value of a NAME that could not be looked up for the time being. */
const TEMPORARILY_UNAVAILABLE = "[TEMPUNAVAIL]";
/** The most characters in a value. */
const MAX_VALUE = 255;
/** What stands before an IPv6 address. */
const IPV6_PREFIX = "IPV6:";
/** What has a meaning in the header of a message, where values may end up. */
const SPECIALS = '<>()\\";@';

/** Reads one value: gives it as handlers see it, or null where it is malformed. */
export type Reader = (value: string) => string | null;

/** How each attribute of a command is read, by its name in upper case. */
export type AttributeReaders = Readonly<Record<string, Reader>>;

/** The attributes of XCLIENT, in the order in which they are offered. */
export const XCLIENT_ATTRIBUTES: AttributeReaders = {
  NAME: (value) => value === TEMPORARILY_UNAVAILABLE || isHostName(value) ? value : null,
  ADDR: readIp,
  PORT: readPort,
  PROTO: (value) => oneOf(value, ["SMTP", "ESMTP"]),
  HELO: readHello,
  LOGIN: (value) => value,
  DESTADDR: readIp,
  DESTPORT: readPort,
};

/** The attributes of XFORWARD, in the order in which they are offered. */
export const XFORWARD_ATTRIBUTES: AttributeReaders = {
  NAME: readToken,
  // It may come from another network than the internet.
  ADDR: (value) => readIp(value) ?? readToken(value),
  PORT: readPort,
  PROTO: (value) => value.length > 64 ? null : readToken(value),
  HELO: readToken,
  IDENT: readToken,
  SOURCE: (value) => oneOf(value, ["LOCAL", "REMOTE"]),
};

/**
 * Reads attributes: `NAME=mail.example.org ADDR=192.0.2.1`.
 *
 * @param args What stands behind the verb.
 * @param known How each attribute is read.
 * @returns The attributes, at least one.
 * @throws {SyntaxError} If there is none, one is malformed, not known, or stands there twice.
 */
export function parseAttributes(
  args: Uint8Array,
  known: AttributeReaders,
): Attributes {
  const attributes: Record<string, string> = {};
  const params = parseParams(args);
  if (params.size === 0) throw new SyntaxError("Cannot read the attributes: there are none");
  for (const [name, xtext] of params) {
    if (!Object.hasOwn(known, name)) {
      throw new SyntaxError(`Cannot read the attributes: ${name.slice(0, 32)} is not known`);
    }
    attributes[name] = readValue(name, xtext, known[name]);
  }
  return attributes;
}

/**
 * Writes an attribute.
 *
 * @param name Its name, in upper case.
 * @param value Its value.
 * @returns Such as `ADDR=IPV6:2001:db8::1`.
 * @throws {TypeError} If the value is empty or too long, or holds a control character.
 */
export function formatAttribute(name: string, value: string): string {
  if (value.length === 0 || value.length > MAX_VALUE) {
    throw new TypeError(
      `Cannot write ${name}: must have 1 to ${MAX_VALUE} characters, got ${value.length}`,
    );
  }
  const address = name === "ADDR" || name === "DESTADDR";
  const isIpv6 = address && parseIp(value)?.length === 16;
  return `${name}=${encodeXtext(isIpv6 ? IPV6_PREFIX + value : value)}`;
}

function readValue(name: string, xtext: string | true, read: Reader): string {
  const value = xtext === true ? "" : decodeXtext(xtext);
  const special = oneOf(value, [UNAVAILABLE, TEMPORARILY_UNAVAILABLE]) ?? value;
  const fits = value.length > 0 && value.length <= MAX_VALUE;
  const known = special === UNAVAILABLE ? special : fits ? read(special) : null;
  if (known !== null) return known;
  throw new SyntaxError(`Cannot read the attributes: the value of ${name} is wrong`);
}

function isHostName(value: string): boolean {
  return value[0] !== "[" && readToken(value) !== null && isDomain(value);
}

function readIp(value: string): string | null {
  const prefixed = oneOf(value.slice(0, IPV6_PREFIX.length), [IPV6_PREFIX]) !== null;
  const octets = parseIp(prefixed ? value.slice(IPV6_PREFIX.length) : value);
  return octets === null || prefixed && octets.length === 4 ? null : formatIp(octets);
}

function readPort(value: string): string | null {
  const port = parseDecimalText(value, 5);
  return port < 0 || port > 65_535 ? null : String(port);
}

function readHello(value: string): string | null {
  const token = readToken(value);
  try {
    return token && parseHelloName(ascii(token));
  } catch {
    return null;
  }
}

/** Visible ASCII without what has a meaning in a header. */
function readToken(value: string): string | null {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code <= SP || code >= DEL || SPECIALS.includes(value[i])) return null;
  }
  return value;
}

function oneOf(value: string, words: readonly string[]): string | null {
  const upper = upperAscii(value);
  return words.includes(upper) ? upper : null;
}
