/**
 * What an extension of ESMTP is to the server (RFC 5321 section 2.2). To add one: a file here, a line in the table of
 * `mod.ts`, its tests; and a line in `options.ts` where it can be switched.
 *
 * @module
 */

import { badParameter, type Utterance } from "../../session/replies.ts";
import { upperAscii } from "../../session/wire/bytes.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { ExtensionOptions } from "./options.ts";

/** The value of a parameter; `true` for a keyword alone. */
export type Value = string | true;

/**
 * Checks one parameter: gives the value that handlers see, or the reply that refuses the command. Handlers see one form
 * of each value: xtext decoded, words in upper case, numbers without signs and zeros that say nothing.
 */
export type ParamRule = (
  conversation: Conversation,
  value: Value,
  params: Readonly<Record<string, Value>>,
) => Value | Utterance;

/** One extension. */
export interface Extension {
  /** The EHLO keyword. */
  readonly keyword: string;
  /** The option that switches it; where that is false, it is not offered and its parameters are unknown. Unset: always on. */
  readonly option?: keyof ExtensionOptions;
  /**
   * What follows the keyword. Unset: nothing does.
   *
   * @param conversation The session.
   * @returns The text, empty where nothing follows; null where the extension is not offered now.
   */
  advertise?(conversation: Conversation): string | null;
  /** The parameters of MAIL that it owns. */
  readonly mail?: Readonly<Record<string, ParamRule>>;
  /** The parameters of RCPT that it owns. */
  readonly rcpt?: Readonly<Record<string, ParamRule>>;
}

/**
 * Makes the rule of a parameter that is a word out of a few, in whichever case.
 *
 * @param keyword The parameter.
 * @param words The words, in upper case.
 * @returns The rule: handlers see the word in upper case.
 */
export function wordRule(keyword: string, words: readonly string[]): ParamRule {
  const refusal = badParameter(keyword, words.join(" or "));
  return (_conversation, value) =>
    words.find((word) => value !== true && word === upperAscii(value)) ?? refusal;
}

/**
 * Makes the rule of a parameter that is a keyword alone.
 *
 * @param keyword The parameter.
 * @returns The rule: handlers see `true`.
 */
export function flagRule(keyword: string): ParamRule {
  const refusal = badParameter(keyword, "no value");
  return (_conversation, value) => value === true ? true : refusal;
}
