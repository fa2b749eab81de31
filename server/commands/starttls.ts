/**
 * STARTTLS (RFC 3207).
 *
 * @module
 */

import { REPLIES } from "../../session/replies.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import { ANY_PHASE, type Command, refuseArguments } from "./command.ts";

/** STARTTLS: the connection begins anew inside TLS. */
export const STARTTLS: Command = {
  verb: "STARTTLS",
  phases: ANY_PHASE,
  syntax: "STARTTLS",
  beforeLogin: true,
  beforeTls: true,
  run(conversation: Conversation, args: Uint8Array): Outcome {
    if (conversation.tls !== null) return { reply: REPLIES.alreadySecure };
    if (!conversation.offersTls) return { reply: REPLIES.notImplemented };
    const refusal = refuseArguments(STARTTLS, args);
    if (refusal !== null) return { reply: refusal };
    return { reply: REPLIES.startTls, effect: { kind: "startTls" } };
  },
};
