/**
 * DATA (RFC 5321 section 4.1.1.4): the message itself.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { REPLIES } from "../../session/replies.ts";
import type { Conversation } from "../conversation.ts";
import type { Outcome } from "../outcome.ts";
import { type Command, refuseArguments } from "./command.ts";

/** DATA: asks for the message. */
export const DATA: Command = {
  verb: "DATA",
  phases: [Phase.mail, Phase.rcpt],
  syntax: "DATA",
  run(conversation: Conversation, args: Uint8Array): Outcome {
    const refusal = refuseArguments(DATA, args);
    if (refusal !== null) return { reply: refusal };
    if (conversation.phase === Phase.rcpt) {
      return { reply: REPLIES.startMail, effect: { kind: "data" } };
    }
    const refused = conversation.envelope.refusedRecipients > 0;
    return { reply: refused ? REPLIES.noRecipients : REPLIES.recipientFirst };
  },
};
