/**
 * What a handler's answer comes to on the wire.
 *
 * @module
 */

import type { Answer, EventName } from "../session/handler/session.ts";
import { REPLIES, utter, type Utterance } from "../session/replies.ts";
import { parseEnhancedStatus } from "../session/wire/enhanced_status.ts";
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
});

const REFUSE: Readonly<Record<Asked, Utterance>> = {
  onConnect: REPLIES.serviceRefused,
  onLogin: REPLIES.loginRefused,
  onMailFrom: REPLIES.senderRefused,
  onRcptTo: REPLIES.recipientRefused,
  onReceive: REPLIES.messageRefused,
};

/** Nothing is lost by a handler that failed: the client will come again. */
const FAULT: Readonly<Record<Asked, Utterance>> = {
  onConnect: REPLIES.noService,
  onLogin: REPLIES.loginUnavailable,
  onMailFrom: REPLIES.localError,
  onRcptTo: REPLIES.localError,
  onReceive: REPLIES.localError,
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
  return verdict === true || (verdict === null && event === "onConnect");
}

function replyTo(event: Asked, { verdict, reply, fault }: Answer): Utterance {
  if (fault !== null) return FAULT[event];
  if (reply !== null) return handlerReply(reply.code, reply.text);
  if (verdict === false) return REFUSE[event];
  if (verdict === true || event === "onConnect") return ACCEPT[event].reply;
  return FAULT[event];
}

/** A handler's own reply: an enhanced code that fits, at the start of its text, is used. */
function handlerReply(code: number, text: string): Utterance {
  const given = parseEnhancedStatus(text);
  const kind = code < 500 ? "4" : "5";
  if (given !== null && given.status.startsWith(kind)) return utter(code, given.status, given.rest);
  return utter(code, `${kind}.0.0`, text);
}
