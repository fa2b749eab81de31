/**
 * MT-PRIORITY (RFC 6710): which messages go before others. Handlers are told.
 *
 * @module
 */

import { badParameter, type Utterance } from "../../session/replies.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Extension, Value } from "./extension.ts";

/** MT-PRIORITY, and its parameter of MAIL. */
export const MT_PRIORITY: Extension = {
  keyword: "MT-PRIORITY",
  option: "mtPriority",
  advertise: ({ service }) => {
    const { mtPriority } = service.options.extensions;
    return typeof mtPriority === "string" ? mtPriority : "";
  },
  mail: { "MT-PRIORITY": priority },
};

/** RFC 6710 section 3: one digit, perhaps with a hyphen before it. */
function priority(_conversation: Conversation, value: Value): Value | Utterance {
  const digit = value === true ? "" : value[0] === "-" ? value.slice(1) : value;
  const fits = digit.length === 1 && digit >= "0" && digit <= "9" && value !== "-0";
  return fits ? value : badParameter("MT-PRIORITY", "-9 to 9");
}
