/**
 * [XFORWARD](https://www.postfix.org/XFORWARD_README.html): a trusted peer tells where the next message comes from.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { REPLIES } from "../../session/replies.ts";
import {
  parseAttributes,
  UNAVAILABLE,
  XFORWARD_ATTRIBUTES,
} from "../../session/wire/attributes.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import type { Command } from "./command.ts";

/** XFORWARD: what it tells holds up to the end of the next transaction. */
export const XFORWARD: Command = {
  verb: "XFORWARD",
  phases: [Phase.connected, Phase.ready],
  syntax: "XFORWARD name=value...",
  beforeLogin: true,
  batched: true,
  run(conversation: Conversation, args: Uint8Array): Outcome {
    if (!conversation.trusts("xforward")) return { reply: REPLIES.notAuthorized };
    const { envelope } = conversation;
    const told = { ...envelope.xforward, ...parseAttributes(args, XFORWARD_ATTRIBUTES) };
    envelope.xforward = Object.fromEntries(
      Object.entries(told).filter(([, value]) => value !== UNAVAILABLE),
    );
    return { reply: REPLIES.done };
  },
};
