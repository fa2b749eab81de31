/**
 * SIZE (RFC 1870): how large a message may be.
 *
 * @module
 */

import { badParameter, REPLIES, type Utterance } from "../../session/replies.ts";
import { parseDecimalText } from "../../session/wire/bytes.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Extension, Value } from "./extension.ts";

/** SIZE, and its parameter of MAIL. */
export const SIZE: Extension = {
  keyword: "SIZE",
  advertise: ({ service }) => String(service.options.limits.messageSize),
  mail: { SIZE: declared },
};

/** RFC 1870 section 4: one to twenty digits. */
function declared({ service }: Conversation, value: Value): Value | Utterance {
  const size = value === true ? -1 : parseDecimalText(value, 20);
  if (size < 0) return badParameter("SIZE", "1 to 20 digits");
  return size > service.options.limits.messageSize ? REPLIES.messageTooLarge : value;
}
