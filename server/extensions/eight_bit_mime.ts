/**
 * 8BITMIME (RFC 6152), CHUNKING and BINARYMIME (RFC 3030): what octets a message may hold, and how they come.
 *
 * @module
 */

import type { Utterance } from "../../session/replies.ts";
import type { Conversation } from "../connection/conversation.ts";
import { type Extension, type ParamRule, type Value, wordRule } from "./extension.ts";

const TEXT: ParamRule = wordRule("BODY", ["7BIT", "8BITMIME"]);
const ANY: ParamRule = wordRule("BODY", ["7BIT", "8BITMIME", "BINARYMIME"]);

/** 8BITMIME, and the parameter BODY of MAIL. */
export const EIGHT_BIT_MIME: Extension = { keyword: "8BITMIME", mail: { BODY: bodyType } };

/** CHUNKING: BDAT instead of DATA. */
export const CHUNKING: Extension = { keyword: "CHUNKING", option: "chunking" };

/** BINARYMIME: one more value of BODY, whose message comes by BDAT alone. */
export const BINARY_MIME: Extension = { keyword: "BINARYMIME", option: "chunking" };

function bodyType(
  conversation: Conversation,
  value: Value,
  params: Readonly<Record<string, Value>>,
): Value | Utterance {
  const { chunking } = conversation.service.options.extensions;
  return (chunking ? ANY : TEXT)(conversation, value, params);
}
