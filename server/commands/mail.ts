/**
 * MAIL (RFC 5321 section 4.1.1.2): opens a transaction with its sender.
 *
 * @module
 */

import { plainParams } from "../../session/envelope.ts";
import { Phase } from "../../session/phase.ts";
import { REPLIES } from "../../session/replies.ts";
import { parseDecimalText } from "../../session/wire/bytes.ts";
import { parseMailArguments } from "../../session/wire/command.ts";
import type { Conversation } from "../connection/conversation.ts";
import { checkParams } from "../extensions/mod.ts";
import type { Outcome } from "../connection/outcome.ts";
import { whenDone } from "../connection/when_done.ts";
import { ACCEPT, judge, type Verdict } from "../connection/verdict.ts";
import type { Command } from "./command.ts";

/** MAIL: the sender. */
export const MAIL: Command = {
  verb: "MAIL",
  phases: [Phase.ready],
  syntax: "MAIL FROM:<address> [parameters]",
  batched: true,
  takesUtf8: true,
  run(conversation: Conversation, args: Uint8Array): Outcome | Promise<Outcome> {
    const { address, params: given } = parseMailArguments(args, conversation.service.options);
    const params = plainParams(given);
    const refusal = checkParams(conversation, "MAIL", params);
    if (refusal !== null) return { reply: refusal };
    if (address?.utf8 && params.SMTPUTF8 !== true) return { reply: REPLIES.utf8SenderNeeded };
    if (conversation.transactions >= conversation.service.options.limits.transactions) {
      return { reply: REPLIES.tooManyTransactions, effect: { kind: "close" } };
    }
    const declared = typeof params.SIZE === "string" ? parseDecimalText(params.SIZE, 20) : 0;
    if (conversation.service.budget.lacks(declared)) return { reply: REPLIES.noStorage };
    const sender = { address: address?.text ?? "", params };
    if (!conversation.handles("onMailFrom")) return accept(ACCEPT.onMailFrom);
    return whenDone(
      conversation.ask("onMailFrom", sender),
      (answer) => accept(judge("onMailFrom", answer)),
    );

    function accept(verdict: Verdict): Outcome {
      if (!verdict.accepted) return verdict;
      conversation.envelope.mailFrom = sender;
      conversation.transactions++;
      return { reply: verdict.reply, phase: Phase.mail, effect: verdict.effect };
    }
  },
};
