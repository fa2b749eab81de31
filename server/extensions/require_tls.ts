/**
 * REQUIRETLS (RFC 8689): a message that must not leave TLS on any of its ways. What lies behind this server is the
 * handler's to keep to.
 *
 * @module
 */

import { REPLIES, unknownParameter, type Utterance } from "../../session/replies.ts";
import type { Conversation } from "../connection/conversation.ts";
import { type Extension, flagRule, type ParamRule, type Value } from "./extension.ts";

const KEYWORD = "REQUIRETLS";
const FLAG: ParamRule = flagRule(KEYWORD);

/** REQUIRETLS, and its parameter of MAIL. */
export const REQUIRE_TLS: Extension = {
  keyword: KEYWORD,
  option: "requireTls",
  advertise: ({ tls }) => tls === null ? null : "",
  mail: { REQUIRETLS: withinTls },
};

/** RFC 8689 section 2: neither offered nor taken in clear. */
function withinTls(
  conversation: Conversation,
  value: Value,
  params: Readonly<Record<string, Value>>,
): Value | Utterance {
  if (conversation.tls !== null) return FLAG(conversation, value, params);
  return conversation.offersTls ? REPLIES.requireTlsInClear : unknownParameter(KEYWORD);
}
