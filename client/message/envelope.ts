/**
 * Who a message is from and whom it goes to: as the caller says, or as the message's own header says.
 *
 * @module
 */

import type { Address } from "../../session/wire/address.ts";
import { ascii, equalsIgnoreCase } from "../../session/wire/bytes.ts";
import { printable } from "../../session/wire/escape.ts";
import { parseAddressList } from "./address_list.ts";
import { checkKeys, show } from "../checks.ts";
import type { HeaderField } from "./header.ts";
import {
  parseAddress,
  parseRecipient,
  type Recipient,
  type RecipientInit,
  toAscii,
} from "./recipient.ts";

/** An envelope as a caller gives it. */
export interface EnvelopeInit {
  /** The sender's address, as `ada@example.org`; the empty string is the null reverse-path `<>`, to which no bounces go. */
  from: string;
  /**
   * The recipients, at least one: their addresses, or more about them. More than the server takes at a time are sent to in
   * several transactions, unless the message is a stream, which can be read but once.
   */
  to: string | RecipientInit | readonly (string | RecipientInit)[];
}

/** An envelope that can be sent. */
export interface MessageEnvelope {
  /** The sender; null for the null reverse-path. */
  readonly from: Address | null;
  /** The recipients, at least one. */
  readonly to: readonly Recipient[];
}

/**
 * Checks an envelope that a caller gave. Each property is read once.
 *
 * @param init The envelope.
 * @returns The same, parsed.
 * @throws {TypeError} If it is no envelope, names no recipient, or one of its addresses is none.
 */
export function parseEnvelope(init: EnvelopeInit): MessageEnvelope {
  if (typeof init !== "object" || init === null) {
    throw new TypeError(`Cannot send: "envelope" must be { from, to }, got ${show(init)}`);
  }
  // Whoever gives "cc" means to reach somebody.
  checkKeys("envelope", init, ["from", "to"]);
  const { from, to } = init;
  const list: readonly unknown[] = Array.isArray(to) ? [...to] : [to];
  if (list.length === 0) {
    throw new TypeError('Cannot send: "envelope.to" must name at least one recipient, got none');
  }
  return {
    from: from === "" ? null : parseAddress("envelope.from", from),
    to: list.map(parseRecipient),
  };
}

/**
 * Reads the envelope from a message's header: the sender from Sender, else From; the recipients from To, Cc and
 * Bcc. Where the message was resent, its Resent- fields count in their place
 * ([RFC 5322, section 3.6.6](https://www.rfc-editor.org/rfc/rfc5322#section-3.6.6)).
 *
 * @param fields The fields of the header.
 * @returns The envelope; who is named twice is in it once.
 * @throws {TypeError} If the header names no sender or no recipient, or an address in it cannot be read.
 */
export function envelopeFromHeader(fields: readonly HeaderField[]): MessageEnvelope {
  return { from: senderFromHeader(fields), to: recipientsFromHeader(fields) };
}

/**
 * The sender's half of {@linkcode envelopeFromHeader}.
 *
 * @param fields The fields of the header.
 * @returns The sender.
 * @throws As {@linkcode envelopeFromHeader}.
 */
export function senderFromHeader(fields: readonly HeaderField[]): Address {
  const [scope, prefix] = scopeOf(fields);
  const from = addressesOf(scope, `${prefix}Sender`)[0] ?? addressesOf(scope, `${prefix}From`)[0];
  if (from !== undefined) return from;
  throw new TypeError(
    `Cannot send: the message has no address in "${prefix}Sender" or "${prefix}From", set one or give "envelope"`,
  );
}

/**
 * The recipients' half of {@linkcode envelopeFromHeader}.
 *
 * @param fields The fields of the header.
 * @returns The recipients; who is named twice is there once.
 * @throws As {@linkcode envelopeFromHeader}.
 */
export function recipientsFromHeader(fields: readonly HeaderField[]): readonly Address[] {
  const [scope, prefix] = scopeOf(fields);
  const to = ["To", "Cc", "Bcc"].flatMap((name) => addressesOf(scope, prefix + name));
  if (to.length > 0) return unique(to);
  throw new TypeError(
    `Cannot send: the message names no recipient in "${prefix}To", "${prefix}Cc" or "${prefix}Bcc", set one or give "envelope"`,
  );
}

/** The fields that count, and what their names begin with. */
function scopeOf(fields: readonly HeaderField[]): [readonly HeaderField[], prefix: string] {
  const resent = newestResent(fields);
  return resent.length > 0 ? [resent, "Resent-"] : [fields, ""];
}

/**
 * The fields of the newest resending, which stands on top. The resendings below it belong to earlier journeys:
 * trace fields stand between, or a field comes a second time.
 */
function newestResent(fields: readonly HeaderField[]): readonly HeaderField[] {
  const found: HeaderField[] = [];
  for (const field of fields) {
    if (found.length > 0 && TRACE.some((name) => equalsIgnoreCase(field.name, name))) break;
    const known = RESENT.find((name) => equalsIgnoreCase(field.name, name));
    if (known === undefined) continue;
    if (found.some((other) => equalsIgnoreCase(other.name, known))) break;
    found.push(field);
  }
  // A block that names nobody to send to, such as a lone Resent-Message-ID, does not say how to send.
  return found.some((field) => ROUTING.some((name) => equalsIgnoreCase(field.name, name)))
    ? found
    : [];
}

const TRACE = ["RECEIVED", "RETURN-PATH"].map(ascii);
const ROUTING = ["RESENT-TO", "RESENT-CC", "RESENT-BCC"].map(ascii);
const RESENT = [
  ...ROUTING,
  ...["RESENT-DATE", "RESENT-FROM", "RESENT-SENDER", "RESENT-MESSAGE-ID"].map(ascii),
];

/** The addresses of all fields of a name. */
function addressesOf(fields: readonly HeaderField[], name: string): Address[] {
  const upper = ascii(name.toUpperCase());
  return fields.filter((field) => equalsIgnoreCase(field.name, upper))
    .flatMap((field) => parseField(name, field.value));
}

function parseField(name: string, value: Uint8Array): Address[] {
  try {
    return parseAddressList(value).map(toAscii);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new TypeError(
      `Cannot send: "${name}" of the message must be a list of addresses, got ${cause.message} in ${
        printable(value.subarray(0, 200), 100)
      }`,
      { cause },
    );
  }
}

/** Each address once; domains are equal in whichever case, local parts are not (RFC 5321 2.4). */
function unique(addresses: readonly Address[]): Address[] {
  const seen = new Map<string, Address>();
  for (const address of addresses) {
    const key = JSON.stringify([address.localPart, address.domain?.toLowerCase()]);
    if (!seen.has(key)) seen.set(key, address);
  }
  return [...seen.values()];
}
