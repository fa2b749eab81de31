/**
 * RCPT (RFC 5321 section 4.1.1.3): one recipient of the open transaction.
 *
 * @module
 */

import { plainParams } from "../../session/envelope.ts";
import { Phase } from "../../session/phase.ts";
import { REPLIES } from "../../session/replies.ts";
import { parseRcptArguments } from "../../session/wire/command.ts";
import type { Conversation } from "../connection/conversation.ts";
import { countRecipient, refuseRecipient } from "../extensions/limits.ts";
import { checkParams } from "../extensions/mod.ts";
import type { Outcome } from "../connection/outcome.ts";
import { whenDone } from "../connection/when_done.ts";
import { ACCEPT, judge, type Verdict } from "../connection/verdict.ts";
import type { Command } from "./command.ts";

/** RCPT: a recipient. */
export const RCPT: Command = {
  verb: "RCPT",
  phases: [Phase.mail, Phase.rcpt],
  syntax: "RCPT TO:<address> [parameters]",
  batched: true,
  takesUtf8: true,
  run(conversation: Conversation, args: Uint8Array): Outcome | Promise<Outcome> {
    const { address, params: given } = parseRcptArguments(args, conversation.service.options);
    const params = plainParams(given);
    const { envelope } = conversation;
    const refusal = checkParams(conversation, "RCPT", params);
    if (refusal !== null) return { reply: refusal };
    if (address.utf8 && envelope.mailFrom?.params.SMTPUTF8 !== true) {
      return { reply: REPLIES.utf8Needed };
    }
    const over = refuseRecipient(conversation, address);
    if (over !== null) return { reply: over };
    const recipient = { address: address.text, params };
    if (!conversation.handles("onRcptTo")) return accept(ACCEPT.onRcptTo);
    return whenDone(
      conversation.ask("onRcptTo", recipient),
      (answer) => accept(judge("onRcptTo", answer)),
    );

    function accept(verdict: Verdict): Outcome {
      if (!verdict.accepted) {
        envelope.refusedRecipients++;
        return verdict;
      }
      envelope.rcptTo.push(recipient);
      countRecipient(conversation, address);
      return { reply: verdict.reply, phase: Phase.rcpt, effect: verdict.effect };
    }
  },
};
