/**
 * LIMITS (RFC 9422): what the server takes in a session and in a transaction; told in advance, and kept to here.
 *
 * @module
 */

import { domainToASCII } from "node:url";
import { REPLIES, type Utterance } from "../../session/replies.ts";
import type { Address } from "../../session/wire/address.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Extension } from "./extension.ts";

/** The largest value that six digits can write; a limit beyond it limits nobody. */
const MOST = 999_999;

/** LIMITS. */
export const LIMITS: Extension = { keyword: "LIMITS", option: "limits", advertise };

function advertise({ service }: Conversation): string | null {
  const { recipients, transactions, recipientDomains } = service.options.limits;
  const told: [string, number][] = [
    ["RCPTMAX", recipients],
    ["MAILMAX", transactions],
    ["RCPTDOMAINMAX", recipientDomains],
  ];
  const limiting = told.filter(([, limit]) => limit <= MOST);
  return limiting.map(([name, limit]) => `${name}=${limit}`).join(" ") || null;
}

/**
 * Whether there may be one more recipient. Domains are those of the whole session (RFC 9422 section 4.3).
 *
 * @param conversation The session.
 * @param recipient Who comes.
 * @returns Null where there may; else the reply that refuses the recipient, for another transaction or session.
 */
export function refuseRecipient(
  { domains, envelope, service }: Conversation,
  recipient: Address,
): Utterance | null {
  const { recipients, recipientDomains } = service.options.limits;
  if (envelope.rcptTo.length >= recipients) return REPLIES.tooManyRecipients;
  if (domains === null || domains.size < recipientDomains) return null;
  return domains.has(domainOf(recipient)) ? null : REPLIES.tooManyDomains;
}

/**
 * Counts a recipient that was accepted.
 *
 * @param conversation The session.
 * @param recipient The recipient.
 */
export function countRecipient(conversation: Conversation, recipient: Address): void {
  if (conversation.service.options.limits.recipientDomains === Infinity) return;
  conversation.domains ??= new Set();
  conversation.domains.add(domainOf(recipient));
}

/** In the one form that a domain in ASCII and the same in Unicode have; empty for the postmaster of no domain. */
function domainOf({ domain }: Address): string {
  return domain === null ? "" : domainToASCII(domain) || domain.toLowerCase();
}
