/**
 * The greeting, and what `onConnect` makes of it (RFC 5321 sections 3.1 and 4.3.1).
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { utter } from "../../session/replies.ts";
import type { Conversation } from "./conversation.ts";
import type { Outcome } from "./outcome.ts";
import { whenDone } from "./when_done.ts";
import { ACCEPT, judge, type Verdict } from "./verdict.ts";

/**
 * Asks whether the client is welcome, and greets it.
 *
 * @param conversation The session.
 * @returns The greeting; a refusal leaves the session open for QUIT alone, unless it is temporary.
 */
export function welcome(conversation: Conversation): Outcome | Promise<Outcome> {
  if (!conversation.handles("onConnect")) return greet(ACCEPT.onConnect);
  return whenDone(conversation.ask("onConnect"), (answer) => greet(judge("onConnect", answer)));

  function greet({ accepted, reply, effect }: Verdict): Outcome {
    if (accepted) {
      const { serverName, service: { phrases, options } } = conversation;
      return { reply: phrases.greeting(serverName, options.protocol === "lmtp"), effect };
    }
    // A greeting is 220, 421 or 554; a handler's own code says which of the latter two it is.
    if (reply.code < 500) {
      return { reply: utter(421, reply.enhanced, ...reply.lines), effect: { kind: "close" } };
    }
    return { reply: utter(554, reply.enhanced, ...reply.lines), phase: Phase.refused, effect };
  }
}
