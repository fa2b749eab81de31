/**
 * BDAT (RFC 3030): a chunk of the message, by its size. Whatever becomes of it, its octets are read as such: never are they
 * taken for commands.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { REPLIES, type Utterance } from "../../session/replies.ts";
import { parseChunkArguments } from "../../session/wire/chunk.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import type { Command } from "./command.ts";
import { missingRecipients } from "./data.ts";

/** Nobody knows how much of what follows is the chunk. */
export const MALFORMED_CHUNK: Outcome = {
  reply: REPLIES.malformedChunk,
  effect: { kind: "close" },
};

/** BDAT: takes a chunk. */
export const BDAT: Command = {
  verb: "BDAT",
  phases: [Phase.mail, Phase.rcpt, Phase.chunks],
  syntax: "BDAT size [LAST]",
  run(conversation: Conversation, args: Uint8Array): Outcome {
    const refusal = refuse(conversation);
    if (refusal !== null) return throwAway({ reply: refusal }, args);
    const chunk = parseChunkArguments(args);
    if (chunk === null) return MALFORMED_CHUNK;
    return {
      reply: REPLIES.chunkAccepted,
      phase: Phase.chunks,
      effect: { kind: "chunk", chunk: { ...chunk, refused: null } },
    };
  },
  refused(conversation: Conversation, refusal: Outcome, args: Uint8Array): Outcome {
    const { phase } = conversation;
    // A chunk is missing: no other one may end the message without it (RFC 3030 section 2).
    if (phase === Phase.rcpt || phase === Phase.chunks) conversation.endTransaction();
    return throwAway(refusal, args);
  },
};

function refuse(conversation: Conversation): Utterance | null {
  const { extensions } = conversation.service.options;
  return extensions.chunking ? missingRecipients(conversation) : REPLIES.notImplemented;
}

function throwAway(refused: Outcome, args: Uint8Array): Outcome {
  if (refused.effect?.kind === "close") return refused;
  const chunk = parseChunkArguments(args);
  if (chunk === null) return MALFORMED_CHUNK;
  return { reply: refused.reply, effect: { kind: "chunk", chunk: { ...chunk, refused } } };
}
