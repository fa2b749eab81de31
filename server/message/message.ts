/**
 * A message that has arrived whole: whether it can be taken, and what the receive handler says.
 *
 * @module
 */

import type { Answer } from "../../session/handler/session.ts";
import { REPLIES, severally, type Utterance } from "../../session/replies.ts";
import type { ContentFaults } from "../../session/wire/content_scan.ts";
import { scanHeader } from "../../session/wire/header_scan.ts";
import type { Body } from "./body.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import { whenDone } from "../connection/when_done.ts";
import { receivedField } from "./received.ts";
import { handlerReply, judge } from "../connection/verdict.ts";

/**
 * Hands a message to the receive handler, and ends the transaction.
 *
 * @param conversation The session.
 * @param body The message.
 * @param faults What was wrong with its line ends.
 * @returns The reply to the message, in LMTP that for each recipient; 250 only where the handler has received it.
 */
export function receive(
  conversation: Conversation,
  body: Body,
  faults: ContentFaults,
): Outcome | Promise<Outcome> {
  const refusal = refuseContent(body, faults);
  if (refusal !== null) return endMessage(conversation, { reply: refusal });
  const pieces = body.pieces();
  const { addReceived } = conversation.service.options;
  const objection = refuseHeader(conversation, pieces);
  if (objection !== null) return endMessage(conversation, { reply: objection });
  // A piece more, and not a copy of the message; nor does it count against the client's limit.
  if (addReceived) pieces.unshift(receivedField(conversation));
  return whenDone(
    conversation.ask("onReceive", null, conversation.login, pieces),
    (answer) => endMessage(conversation, judge("onReceive", answer), answer.recipients),
  );
}

/**
 * Refuses content that no handler shall see. The order is fixed, so that how the octets were cut into packets cannot change
 * the reply.
 *
 * @param body The message, or what has come of it.
 * @param faults What was wrong with its line ends.
 * @returns The reply; null where nothing is wrong.
 */
export function refuseContent(body: Body, faults: ContentFaults): Utterance | null {
  if (faults.bareLineEnd) return REPLIES.bareLineEnding;
  if (faults.nul) return REPLIES.nulInMessage;
  if (body.tooLarge) return REPLIES.messageTooLarge;
  return body.starved ? REPLIES.noStorage : null;
}

function refuseHeader(
  { envelope, service: { options } }: Conversation,
  pieces: readonly Uint8Array[],
): Utterance | null {
  const { received, eightBit } = scanHeader(pieces);
  if (received > options.limits.hops) return REPLIES.tooManyHops;
  const unasked = eightBit && options.strict && envelope.mailFrom?.params.SMTPUTF8 !== true;
  return unasked ? REPLIES.utf8HeaderUnasked : null;
}

/**
 * Ends the transaction with its message.
 *
 * @param conversation The session.
 * @param outcome What comes of the message.
 * @param refusals In LMTP, what the handler says to each recipient by itself.
 * @returns What comes of it; in LMTP its reply is that for each recipient.
 */
export function endMessage(
  conversation: Conversation,
  outcome: Outcome,
  refusals: Answer["recipients"] = null,
): Outcome {
  const { envelope, service: { options } } = conversation;
  conversation.endTransaction();
  return options.protocol === "lmtp"
    ? answerEach(envelope.rcptTo.length, outcome, refusals)
    : outcome;
}

/** RFC 2033 section 4.2: a reply for each recipient that was accepted, in their order. */
function answerEach(count: number, outcome: Outcome, refusals: Answer["recipients"]): Outcome {
  const replies = Array.from({ length: count }, (_, recipient) => {
    const refusal = refusals?.[recipient] ?? null;
    return refusal === null ? outcome.reply : handlerReply(refusal);
  });
  const closes = replies.some(({ code }) => code === 421);
  return {
    ...outcome,
    reply: severally(replies),
    effect: closes ? { kind: "close" } : outcome.effect,
  };
}
