/**
 * Verbs that SMTP has known and that this server does not carry out (RFC 5321 section 4.2.4): a client learns by 502
 * that it was understood.
 *
 * @module
 */

import { REPLIES } from "../../session/replies.ts";
import type { Outcome } from "../connection/outcome.ts";
import { ANY_PHASE, type Command } from "./command.ts";

/** The verbs: relaying on demand (RFC 1985), and what RFC 5321 appendix F retired. */
export const UNIMPLEMENTED: readonly Command[] = ["ETRN", "TURN", "SEND", "SOML", "SAML"].map(
  unimplemented,
);

function unimplemented(verb: string): Command {
  return {
    verb,
    phases: ANY_PHASE,
    syntax: verb,
    run(): Outcome {
      return { reply: REPLIES.notImplemented };
    },
  };
}
