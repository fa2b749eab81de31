/**
 * The extensions of ESMTP, one entry each: its keyword in EHLO, when it is offered, and the parameters of
 * MAIL and RCPT that it owns (RFC 5321 section 2.2).
 *
 * @module
 */

import { badParameter, REPLIES, unknownParameter, type Utterance } from "../session/replies.ts";
import { parseMailbox } from "../session/wire/address.ts";
import { ascii, encodeUtf8, equalsIgnoreCase, parseDecimalText } from "../session/wire/bytes.ts";
import { decodeXtext } from "../session/wire/xtext.ts";
import type { Conversation } from "./conversation.ts";

/** The value of a parameter; `true` for a keyword alone. */
type Value = string | true;

/** Checks one parameter: gives the value that handlers see, or the reply that refuses it. */
type ParamRule = (conversation: Conversation, value: Value) => Value | Utterance;

/** One extension. */
interface Extension {
  /** The EHLO keyword. */
  readonly keyword: string;
  /** What follows the keyword, empty where nothing does; null where the extension is not offered now. */
  advertise(conversation: Conversation): string | null;
  /** The parameters of MAIL that it owns. */
  readonly mail?: Readonly<Record<string, ParamRule>>;
  /** The parameters of RCPT that it owns. */
  readonly rcpt?: Readonly<Record<string, ParamRule>>;
}

const EXTENSIONS: readonly Extension[] = [
  // RFC 2920
  { keyword: "PIPELINING", advertise: always },
  // RFC 1870
  {
    keyword: "SIZE",
    advertise: ({ service }) => String(service.options.limits.messageSize),
    mail: { SIZE: declaredSize },
  },
  // RFC 6152
  { keyword: "8BITMIME", advertise: always, mail: { BODY: bodyType } },
  // RFC 2034
  { keyword: "ENHANCEDSTATUSCODES", advertise: always },
  // RFC 3207
  { keyword: "STARTTLS", advertise: ({ offersTls }) => offersTls ? "" : null },
  // RFC 4954
  { keyword: "AUTH", advertise: mechanisms, mail: { AUTH: submitter } },
  // RFC 5321 section 4.1.1.8
  { keyword: "HELP", advertise: always },
];

const OWNERS: Readonly<Record<"MAIL" | "RCPT", ReadonlyMap<string, ParamRule>>> = {
  MAIL: new Map(EXTENSIONS.flatMap(({ mail }) => Object.entries(mail ?? {}))),
  RCPT: new Map(EXTENSIONS.flatMap(({ rcpt }) => Object.entries(rcpt ?? {}))),
};

/**
 * The extensions that are offered now, as lines of the EHLO reply.
 *
 * @param conversation The session.
 * @returns Such as `["PIPELINING", "SIZE 1000"]`.
 */
export function advertised(conversation: Conversation): string[] {
  const lines: string[] = [];
  for (const extension of EXTENSIONS) {
    const value = extension.advertise(conversation);
    if (value !== null) {
      lines.push(value === "" ? extension.keyword : `${extension.keyword} ${value}`);
    }
  }
  return lines;
}

/**
 * Checks the parameters of a MAIL or RCPT, and puts in the values that handlers see.
 *
 * @param conversation The session.
 * @param verb The command.
 * @param params The parameters as parsed.
 * @returns Null where all are well; else the reply that refuses the command.
 */
export function checkParams(
  conversation: Conversation,
  verb: "MAIL" | "RCPT",
  params: Record<string, Value>,
): Utterance | null {
  for (const keyword in params) {
    if (!conversation.extended) return REPLIES.parametersAfterHelo;
    const rule = OWNERS[verb].get(keyword);
    if (rule === undefined) return unknownParameter(keyword);
    const value = rule(conversation, params[keyword]);
    if (typeof value === "object") return value;
    params[keyword] = value;
  }
  return null;
}

function always(): string {
  return "";
}

function mechanisms(conversation: Conversation): string | null {
  const { mayLogin, login, service } = conversation;
  if (!conversation.handles("onLogin") || !mayLogin || login !== null) return null;
  return service.options.mechanisms.map(({ name }) => name).join(" ") || null;
}

/** RFC 1870 section 4: one to twenty digits. */
function declaredSize({ service }: Conversation, value: Value): Value | Utterance {
  const size = value === true ? -1 : parseDecimalText(value, 20);
  if (size < 0) return badParameter("SIZE", "1 to 20 digits");
  return size > service.options.limits.messageSize ? REPLIES.messageTooLarge : value;
}

/** RFC 6152 section 2. */
function bodyType(_conversation: Conversation, value: Value): Value | Utterance {
  const given = value === true ? new Uint8Array() : encodeUtf8(value);
  const known = ["7BIT", "8BITMIME"].find((name) => equalsIgnoreCase(given, ascii(name)));
  return known ?? badParameter("BODY", "7BIT or 8BITMIME");
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
