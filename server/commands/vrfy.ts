/**
 * VRFY (RFC 5321 section 4.1.1.6). A server that told who exists would tell it to harvesters, so the
 * answer is always that of section 7.3.
 *
 * @module
 */

import { badArguments, REPLIES } from "../../session/replies.ts";
import type { Conversation } from "../conversation.ts";
import type { Outcome } from "../outcome.ts";
import { ANY_PHASE, type Command } from "./command.ts";

/** VRFY: neither confirms nor denies. */
export const VRFY: Command = {
  verb: "VRFY",
  phases: ANY_PHASE,
  syntax: "VRFY string",
  run(_conversation: Conversation, args: Uint8Array): Outcome {
    return { reply: args.length === 0 ? badArguments(VRFY.syntax) : REPLIES.cannotVerify };
  },
};
