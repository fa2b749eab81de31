/**
 * DATA (RFC 5321 section 4.1.1.4): the message itself.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { REPLIES, type Utterance } from "../../session/replies.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import { type Command, refuseArguments } from "./command.ts";

/** DATA: asks for the message. */
export const DATA: Command = {
  verb: "DATA",
  phases: [Phase.mail, Phase.rcpt],
  syntax: "DATA",
  run(conversation: Conversation, args: Uint8Array): Outcome {
    const refusal = refuseArguments(DATA, args) ?? missingRecipients(conversation);
    if (refusal !== null) return { reply: refusal };
    if (conversation.binary) return { reply: REPLIES.binaryNeedsChunks };
    return { reply: REPLIES.startMail, effect: { kind: "data" } };
  },
};

/**
 * The reply to a message that has no recipient.
 *
 * @param conversation The session, with an open transaction.
 * @returns The reply; null where there is one.
 */
export function missingRecipients(conversation: Conversation): Utterance | null {
  const { phase, envelope, service: { options } } = conversation;
  if (phase !== Phase.mail) return null;
  if (envelope.refusedRecipients === 0) return REPLIES.recipientFirst;
  // RFC 2033 section 4.2 names the code.
  return options.protocol === "lmtp" ? REPLIES.noRecipientsHere : REPLIES.noRecipients;
}
