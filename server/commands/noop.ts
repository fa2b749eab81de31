/**
 * NOOP (RFC 5321 section 4.1.1.9): nothing but a reply.
 *
 * @module
 */

import { REPLIES } from "../../session/replies.ts";
import type { Outcome } from "../connection/outcome.ts";
import { ANY_PHASE, type Command } from "./command.ts";

/** NOOP: an argument is allowed, and ignored. */
export const NOOP: Command = {
  verb: "NOOP",
  phases: ANY_PHASE,
  syntax: "NOOP [string]",
  beforeLogin: true,
  beforeTls: true,
  run(): Outcome {
    return { reply: REPLIES.done };
  },
};
