/**
 * A message that has arrived whole: whether it can be taken, and what the receive handler says.
 *
 * @module
 */

import { REPLIES, type Utterance } from "../session/replies.ts";
import type { DotDecoder } from "../session/wire/dot_stuffing.ts";
import type { Body } from "./body.ts";
import type { Conversation } from "./conversation.ts";
import { type Outcome, whenDone } from "./outcome.ts";
import { judge } from "./verdict.ts";

/**
 * Hands a message to the receive handler, and ends the transaction.
 *
 * @param conversation The session.
 * @param body The message.
 * @param faults What was wrong with its line ends.
 * @returns The one reply to the message; 250 only where the handler has received it.
 */
export function receive(
  conversation: Conversation,
  body: Body,
  faults: DotDecoder["faults"],
): Outcome | Promise<Outcome> {
  const refusal = refuse(body, faults);
  if (refusal !== null) {
    conversation.endTransaction();
    return { reply: refusal };
  }
  const pieces = body.pieces();
  return whenDone(
    conversation.ask("onReceive", null, conversation.login, pieces),
    (answer) => {
      conversation.endTransaction();
      return judge("onReceive", answer);
    },
  );
}

/** The order is fixed, so that how the octets were cut into packets cannot change the reply. */
function refuse(body: Body, faults: DotDecoder["faults"]): Utterance | null {
  if (faults.bareLineEnd) return REPLIES.bareLineEnding;
  if (faults.nul) return REPLIES.nulInMessage;
  if (body.tooLarge) return REPLIES.messageTooLarge;
  return body.starved ? REPLIES.noStorage : null;
}
