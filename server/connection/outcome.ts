/**
 * What a command comes to.
 *
 * @module
 */

import type { Phase } from "../../session/phase.ts";
import type { Utterance } from "../../session/replies.ts";
import type { Conversation } from "./conversation.ts";
import type { ChunkArguments } from "../../session/wire/chunk.ts";

/** A chunk of a message that follows its command. */
export interface Chunk extends ChunkArguments {
  /** What comes of it where it is thrown away; null: it belongs to the message. */
  readonly refused: Outcome | null;
}

/** What the connection does once the reply is on its way. */
export type Effect =
  /** Ends the connection, after one more reply where there is one. */
  | { readonly kind: "close"; readonly reply?: Utterance }
  /** Goes on with another session, and with what its greeting led to. What STARTTLS goes back to stays (RFC 3207 section 4.2). */
  | { readonly kind: "restart"; readonly conversation: Conversation; readonly effect?: Effect }
  /** Hands the connection to TLS. */
  | { readonly kind: "startTls" }
  /** Reads a message up to its final dot. */
  | { readonly kind: "data" }
  /** Reads a chunk of a message; it is answered at its end, not before. */
  | { readonly kind: "chunk"; readonly chunk: Chunk }
  /** Gives the next line to `answer` rather than to a command; null is a line over the limit. */
  | {
    readonly kind: "ask";
    readonly answer: (line: Uint8Array | null) => Outcome | Promise<Outcome>;
  };

/** A reply, with what else it means for the session. */
export interface Outcome {
  /** What the client reads. */
  readonly reply: Utterance;
  /** The phase from now on; unset: the same. */
  readonly phase?: Phase;
  /** What the connection does next; unset: it takes the next command. */
  readonly effect?: Effect;
  /** What a handler has decided; unset: none was asked. What it refuses is no error of the client's. */
  readonly accepted?: boolean;
}

/**
 * Which replies count against a client: those to commands that were malformed, unknown or out of place.
 *
 * @param code The reply's code.
 * @returns Whether it is one of them.
 */
export function isBad(code: number): boolean {
  return (code >= 500 && code <= 504) || code === 530 || code === 538 || code === 555;
}
