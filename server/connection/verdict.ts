/**
 * What a handler's answer comes to on the wire.
 *
 * @module
 */

import type { Answer, EventName, Refusal } from "../../session/handler/session.ts";
import { REPLIES, utter, type Utterance } from "../../session/replies.ts";
import { statusOfClass } from "../../session/wire/enhanced_status.ts";
import type { Effect } from "./outcome.ts";

/** Whether it was accepted, with what reply, and whether the connection goes on. */
export interface Verdict {
  /** Whether the handler accepted. */
  readonly accepted: boolean;
  /** What the client reads. */
  readonly reply: Utterance;
  /** Set where the connection ends. */
  readonly effect?: Effect;
}

/** The events whose answer is a reply. */
type Asked = Exclude<EventName, "onDisconnect">;

/** What is said where the handler accepts, or where there is no handler. */
export const ACCEPT: Readonly<Record<Asked, Verdict>> = Object.freeze({
  onConnect: { accepted: true, reply: REPLIES.done },
  onLogin: { accepted: true, reply: REPLIES.authenticated },
  onMailFrom: { accepted: true, reply: REPLIES.senderAccepted },
  onRcptTo: { accepted: true, reply: REPLIES.recipientAccepted },
  onReceive: { accepted: true, reply: REPLIES.messageAccepted },
  onVerify: { accepted: true, reply: REPLIES.cannotVerify },
});

const REFUSE: Readonly<Record<Asked, Utterance>> = {
  onConnect: REPLIES.serviceRefused,
  onLogin: REPLIES.loginRefused,
  onMailFrom: REPLIES.senderRefused,
  onRcptTo: REPLIES.recipientRefused,
  onReceive: REPLIES.messageRefused,
  onVerify: REPLIES.recipientRefused,
};

/** Nothing is lost by a handler that failed: the client will come again. */
const FAULT: Readonly<Record<Asked, Utterance>> = {
  onConnect: REPLIES.noService,
  onLogin: REPLIES.loginUnavailable,
  onMailFrom: REPLIES.localError,
  onRcptTo: REPLIES.localError,
  onReceive: REPLIES.localError,
  onVerify: REPLIES.cannotVerify,
};

/**
 * Judges a handler's answer. Only a clear yes accepts.
 *
 * @param event What was asked.
 * @param answer What the handler answered.
 * @returns What comes of it.
 */
export function judge(event: Asked, answer: Answer): Verdict {
  if (plainYes(event, answer)) return ACCEPT[event];
  const reply = replyTo(event, answer);
  const accepted = reply === ACCEPT[event].reply;
  return { accepted, reply, effect: ending(reply, answer.disconnect) };
}

/** A 421 ends the connection by itself; one that the handler ends otherwise says so in a 421 of its own. */
function ending(reply: Utterance, disconnect: boolean): Effect | undefined {
  if (reply.code === 421) return { kind: "close" };
  return disconnect ? { kind: "close", reply: REPLIES.disconnected } : undefined;
}

function plainYes(event: Asked, { verdict, reply, fault, disconnect }: Answer): boolean {
  if (reply !== null || fault !== null || disconnect) return false;
  return verdict === true || (verdict === null && isOptional(event));
}

/** Whether a handler that says nothing accepts. */
function isOptional(event: Asked): boolean {
  return event === "onConnect" || event === "onVerify";
}

function replyTo(event: Asked, { verdict, reply, fault }: Answer): Utterance {
  if (fault !== null) return FAULT[event];
  if (reply !== null) return handlerReply(reply);
  if (verdict === false) return REFUSE[event];
  if (verdict === true || isOptional(event)) return ACCEPT[event].reply;
  return FAULT[event];
}

/**
 * Makes a handler's own reply: an enhanced code at the start of its text is used, in the class of the reply.
 *
 * @param refusal What the handler said.
 * @returns The reply.
 */
export function handlerReply({ code, text }: Refusal): Utterance {
  const { status, rest } = statusOfClass(text, code < 500 ? "4" : "5");
  return utter(code, status, rest);
}
