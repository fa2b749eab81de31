/**
 * The envelope of one mail transaction (RFC 5321 section 2.3.1).
 *
 * @module
 */

import type { Params } from "./wire/params.ts";

/** A sender or a recipient as the client gave it. */
export interface EnvelopeAddress {
  /** The mailbox, as `local@domain`; the empty string is the null reverse-path `<>`. */
  readonly address: string;
  /** The ESMTP parameters, keywords in upper case; `true` for a keyword without a value. */
  readonly params: Readonly<Record<string, string | true>>;
}

/** One transaction's sender and recipients. A new transaction is a new object. */
export class Envelope {
  /** The sender, once MAIL was accepted. */
  mailFrom: EnvelopeAddress | null = null;
  /** The recipients that were accepted, in order, duplicates included. */
  readonly rcptTo: EnvelopeAddress[] = [];
  /** How many recipients were asked for and refused. */
  refusedRecipients = 0;
  /** What XFORWARD has told of the message to come, by attribute in upper case; null where it did not come. */
  xforward: Readonly<Record<string, string>> | null = null;
}

/** Most commands have no parameters, and share this. */
const NO_PARAMS: Record<string, string | true> = Object.freeze(Object.create(null));

/**
 * Makes plain data of parameters, so that they can cross to a worker.
 *
 * @param params The parameters as parsed.
 * @returns An object without a prototype, so that no keyword can be mistaken for a member.
 */
export function plainParams(params: Params): Record<string, string | true> {
  if (params.size === 0) return NO_PARAMS;
  const plain: Record<string, string | true> = Object.create(null);
  for (const [keyword, value] of params) plain[keyword] = value;
  return plain;
}
