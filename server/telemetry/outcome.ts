/**
 * How calls of handlers and messages end, in one word each.
 *
 * @module
 */

import type { Answer, EventName } from "../../session/handler/session.ts";

/** How a handler's call ended. */
export type HandlerOutcome = "accepted" | "refused" | "deferred" | "fault";

/**
 * What an answer came to.
 *
 * @param event The event.
 * @param answer The answer.
 * @returns The outcome. A login handler that leaves the verdict to the mechanism counts as one that accepts.
 */
export function handlerOutcome(
  event: EventName,
  { verdict, secret, reply, fault, disconnect }: Answer,
): HandlerOutcome {
  if (fault !== null) return "fault";
  if (reply !== null) return reply.code < 500 ? "deferred" : "refused";
  if (verdict !== null) return verdict ? "accepted" : "refused";
  if (disconnect) return "refused";
  return MAY_BE_SILENT.has(event) || secret !== null ? "accepted" : "fault";
}

/** The events whose handler need not set a verdict. */
const MAY_BE_SILENT: ReadonlySet<EventName> = new Set(["onConnect", "onVerify", "onDisconnect"]);

/**
 * What became of a message.
 *
 * @param code The code of the reply to it.
 * @returns The outcome.
 */
export function messageOutcome(code: number): Exclude<HandlerOutcome, "fault"> {
  if (code < 300) return "accepted";
  return code < 500 ? "deferred" : "refused";
}
