/**
 * QUIT (RFC 5321 section 4.1.1.10): ends the session.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { REPLIES } from "../../session/replies.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import { ANY_PHASE, type Command, refuseArguments } from "./command.ts";

/** QUIT: the one command that is left after a refusing greeting too. */
export const QUIT: Command = {
  verb: "QUIT",
  phases: [...ANY_PHASE, Phase.refused],
  syntax: "QUIT",
  beforeLogin: true,
  beforeTls: true,
  run(_conversation: Conversation, args: Uint8Array): Outcome {
    const refusal = refuseArguments(QUIT, args);
    if (refusal !== null) return { reply: refusal };
    return { reply: REPLIES.bye, effect: { kind: "close" } };
  },
};
