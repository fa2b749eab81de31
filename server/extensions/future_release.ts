/**
 * FUTURERELEASE (RFC 4865): a message that is to be held for a while. Handlers are told, and hold it.
 *
 * @module
 */

import { formatDateTime, parseDateTime } from "../../session/date_time.ts";
import { badParameter, type Utterance } from "../../session/replies.ts";
import { parseDecimalText } from "../../session/wire/bytes.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Extension, Value } from "./extension.ts";

/** Thirty days, in seconds. */
const DEFAULT_INTERVAL = 30 * 24 * 60 * 60;

/** FUTURERELEASE, and its parameters of MAIL. */
export const FUTURE_RELEASE: Extension = {
  keyword: "FUTURERELEASE",
  option: "futureRelease",
  advertise: (conversation) => {
    const seconds = maxInterval(conversation);
    return `${seconds} ${formatDateTime(Date.now() + seconds * 1000)}`;
  },
  mail: { HOLDFOR: holdFor, HOLDUNTIL: holdUntil },
};

/** RFC 4865 section 4: seconds. */
function holdFor(
  conversation: Conversation,
  value: Value,
  params: Readonly<Record<string, Value>>,
): Value | Utterance {
  const seconds = value === true ? -1 : parseDecimalText(value, 9);
  const most = maxInterval(conversation);
  if (seconds < 1 || seconds > most) return badParameter("HOLDFOR", `1 to ${most} seconds`);
  return "HOLDUNTIL" in params ? badParameter("HOLDFOR", "the place of HOLDUNTIL") : `${seconds}`;
}

/** RFC 4865 section 4: a date and a time. One that has passed holds nothing; clocks differ. */
function holdUntil(conversation: Conversation, value: Value): Value | Utterance {
  const time = value === true ? null : parseDateTime(value);
  const latest = Date.now() + maxInterval(conversation) * 1000;
  if (time !== null && time <= latest) return formatDateTime(time);
  return badParameter("HOLDUNTIL", `a date and time such as ${formatDateTime(latest)}, or earlier`);
}

function maxInterval({ service }: Conversation): number {
  const { futureRelease } = service.options.extensions;
  return typeof futureRelease === "object" ? futureRelease.maxInterval : DEFAULT_INTERVAL;
}
