/**
 * VRFY (RFC 5321 section 4.1.1.6). A server that told who exists would tell it to harvesters, so without a handler the
 * answer is always that of section 7.3.
 *
 * @module
 */

import type { EnvelopeAddress } from "../../session/envelope.ts";
import type { Answer } from "../../session/handler/session.ts";
import { badArguments, REPLIES, utter, type Utterance, utterUtf8 } from "../../session/replies.ts";
import {
  ascii,
  decodeUtf8,
  encodeUtf8,
  equalsIgnoreCase,
  isAscii,
  SP,
} from "../../session/wire/bytes.ts";
import { hasHidden } from "../../session/wire/characters.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import { whenDone } from "../connection/when_done.ts";
import { judge } from "../connection/verdict.ts";
import { ANY_PHASE, type Command } from "./command.ts";

const FLAG = ascii("SMTPUTF8");

/** VRFY: asks the handler; without one it neither confirms nor denies. */
export const VRFY: Command = {
  verb: "VRFY",
  phases: ANY_PHASE,
  syntax: "VRFY string [SMTPUTF8]",
  takesUtf8: true,
  run(conversation: Conversation, args: Uint8Array): Outcome | Promise<Outcome> {
    const { name, utf8 } = readArguments(args);
    if (name === "") return { reply: badArguments(VRFY.syntax) };
    if (utf8 && !conversation.service.options.extensions.smtpUtf8) {
      return { reply: REPLIES.noUtf8 };
    }
    if (!utf8 && !isAscii(args)) return { reply: REPLIES.utf8Needed };
    if (!conversation.handles("onVerify")) return { reply: REPLIES.cannotVerify };
    const params: EnvelopeAddress["params"] = utf8 ? { SMTPUTF8: true } : {};
    const asked = conversation.ask("onVerify", { address: name, params });
    return whenDone(asked, (answer) => conclude(answer, utf8));
  },
};

/** The string, and whether SMTPUTF8 stands behind it (RFC 6531 section 3.7.4.2); empty where the string is not UTF-8 or hides something. */
function readArguments(args: Uint8Array): { readonly name: string; readonly utf8: boolean } {
  const end = args.lastIndexOf(SP);
  const utf8 = end > 0 && equalsIgnoreCase(args.subarray(end + 1), FLAG);
  const name = decodeUtf8(utf8 ? args.subarray(0, end) : args);
  return { name: name === null || hasHidden(name) ? "" : name, utf8 };
}

/** RFC 5321 section 3.5: one mailbox is the answer, several are an ambiguous name. */
function conclude(answer: Answer, utf8: boolean): Outcome {
  const verdict = judge("onVerify", answer);
  const matches = answer.matches ?? [];
  return verdict.accepted && matches.length > 0
    ? { ...verdict, reply: tell(matches, utf8) }
    : verdict;
}

function tell(matches: readonly string[], utf8: boolean): Utterance {
  if (!utf8 && !matches.every((match) => isAscii(encodeUtf8(match.toWellFormed())))) {
    return REPLIES.utf8AnswerNeeded;
  }
  const say = utf8 ? utterUtf8 : utter;
  const mailboxes = matches.map((match) => match.includes("<") ? match : `<${match}>`);
  if (mailboxes.length === 1) return say(250, "2.1.5", ...mailboxes);
  return say(553, "5.1.4", "Ambiguous, it may be", ...mailboxes);
}
