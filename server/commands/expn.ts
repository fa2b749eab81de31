/**
 * EXPN (RFC 5321 section 4.1.1.7). Lists are never expanded for strangers (section 7.3).
 *
 * @module
 */

import { REPLIES } from "../../session/replies.ts";
import type { Outcome } from "../connection/outcome.ts";
import { ANY_PHASE, type Command } from "./command.ts";

/** EXPN: recognised, and refused. */
export const EXPN: Command = {
  verb: "EXPN",
  phases: ANY_PHASE,
  syntax: "EXPN string [SMTPUTF8]",
  takesUtf8: true,
  run(): Outcome {
    return { reply: REPLIES.noExpansion };
  },
};
