/**
 * AUTH (RFC 4954): how clients log in, and who submitted a message.
 *
 * @module
 */

import { badParameter, type Utterance } from "../../session/replies.ts";
import { parseMailbox } from "../../session/wire/address.ts";
import { decodeXtext } from "../../session/wire/xtext.ts";
import type { Conversation } from "../connection/conversation.ts";
import { offeredMechanisms } from "../connection/login.ts";
import type { Extension, Value } from "./extension.ts";

/** AUTH, and its parameter of MAIL. */
export const AUTH: Extension = {
  keyword: "AUTH",
  advertise: mechanisms,
  mail: { AUTH: submitter },
};

function mechanisms(conversation: Conversation): string | null {
  if (conversation.login !== null) return null;
  return offeredMechanisms(conversation).map(({ name }) => name).join(" ") || null;
}

/** RFC 4954 section 5: what an unauthenticated client says of the submitter is not believed. */
function submitter({ login }: Conversation, value: Value): Value | Utterance {
  const expected = badParameter("AUTH", "<> or a mailbox in xtext");
  if (value === true) return expected;
  try {
    const mailbox = value === "<>" ? value : parseMailbox(decodeXtext(value)).text;
    return login === null ? "<>" : mailbox;
  } catch {
    return expected;
  }
}
