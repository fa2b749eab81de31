/**
 * DELIVERBY (RFC 2852): by when a message shall be delivered, and what then. Handlers are told.
 *
 * @module
 */

import { badParameter, type Utterance } from "../../session/replies.ts";
import { parseDecimalText, upperAscii } from "../../session/wire/bytes.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Extension, Value } from "./extension.ts";

/** DELIVERBY, and its parameter of MAIL. */
export const DELIVER_BY: Extension = {
  keyword: "DELIVERBY",
  option: "deliverBy",
  advertise: (conversation) => String(leastTime(conversation) || ""),
  mail: { BY: deliverBy },
};

/** RFC 2852 section 4: seconds, perhaps with a sign; then R or N, perhaps with T. */
function deliverBy(conversation: Conversation, value: Value): Value | Utterance {
  const [time, mode, more] = value === true ? [""] : upperAscii(value).split(";");
  const signed = time[0] === "-" || time[0] === "+";
  const seconds = parseDecimalText(signed ? time.slice(1) : time, 9);
  if (seconds < 0 || more !== undefined || !["R", "RT", "N", "NT"].includes(mode)) {
    return badParameter("BY", "seconds of 1 to 9 digits, and ;R or ;N, such as 3600;R");
  }
  const negative = time[0] === "-" && seconds > 0;
  const least = Math.max(leastTime(conversation), 1);
  if (mode[0] === "R" && (negative || seconds < least)) {
    return badParameter("BY", `at least ${least} seconds with ;R`);
  }
  return `${negative ? "-" : ""}${seconds};${mode}`;
}

function leastTime({ service }: Conversation): number {
  const { deliverBy } = service.options.extensions;
  return typeof deliverBy === "number" ? deliverBy : 0;
}
