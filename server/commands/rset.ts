/**
 * RSET (RFC 5321 section 4.1.1.5): drops the open transaction.
 *
 * @module
 */

import { REPLIES } from "../../session/replies.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import { ANY_PHASE, type Command, refuseArguments } from "./command.ts";

/** RSET: begins anew; the greeting and the login stay. */
export const RSET: Command = {
  verb: "RSET",
  phases: ANY_PHASE,
  syntax: "RSET",
  beforeLogin: true,
  batched: true,
  run(conversation: Conversation, args: Uint8Array): Outcome {
    const refusal = refuseArguments(RSET, args);
    if (refusal !== null) return { reply: refusal };
    conversation.endTransaction();
    return { reply: REPLIES.done };
  },
};
