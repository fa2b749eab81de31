/**
 * The extensions of ESMTP that the server has (RFC 5321 section 2.2): what EHLO says of them, and which of them a
 * parameter of MAIL or RCPT belongs to.
 *
 * @module
 */

import { REPLIES, unknownParameter, type Utterance } from "../../session/replies.ts";
import type { Conversation } from "../connection/conversation.ts";
import { AUTH } from "./auth.ts";
import { DELIVER_BY } from "./deliver_by.ts";
import { DSN } from "./dsn.ts";
import { BINARY_MIME, CHUNKING, EIGHT_BIT_MIME } from "./eight_bit_mime.ts";
import type { Extension, ParamRule, Value } from "./extension.ts";
import { FUTURE_RELEASE } from "./future_release.ts";
import { LIMITS } from "./limits.ts";
import { MT_PRIORITY } from "./mt_priority.ts";
import { XCLIENT, XFORWARD } from "./neighbours.ts";
import { REQUIRE_TLS } from "./require_tls.ts";
import { SIZE } from "./size.ts";
import { SMTP_UTF8 } from "./smtp_utf8.ts";

/** In the order of EHLO. */
const EXTENSIONS: readonly Extension[] = [
  { keyword: "PIPELINING" }, // RFC 2920
  SIZE,
  EIGHT_BIT_MIME,
  { keyword: "ENHANCEDSTATUSCODES" }, // RFC 2034
  { keyword: "STARTTLS", advertise: ({ offersTls }) => offersTls ? "" : null }, // RFC 3207
  AUTH,
  CHUNKING,
  BINARY_MIME,
  SMTP_UTF8,
  DSN,
  REQUIRE_TLS,
  LIMITS,
  DELIVER_BY,
  MT_PRIORITY,
  FUTURE_RELEASE,
  XCLIENT,
  XFORWARD,
  { keyword: "HELP" }, // RFC 5321 section 4.1.1.8
];

/** What is known of a parameter: the extension that it belongs to, and how it is checked. */
type Owned = readonly [owner: Extension, rule: ParamRule];

const OWNED: Readonly<Record<"MAIL" | "RCPT", ReadonlyMap<string, Owned>>> = {
  MAIL: new Map(EXTENSIONS.flatMap((one) => owned(one, one.mail))),
  RCPT: new Map(EXTENSIONS.flatMap((one) => owned(one, one.rcpt))),
};

function owned(owner: Extension, rules: Extension["mail"] = {}): [string, Owned][] {
  return Object.entries(rules).map(([keyword, rule]) => [keyword, [owner, rule]]);
}

/**
 * The extensions that are offered now, as lines of the EHLO reply.
 *
 * @param conversation The session.
 * @returns Such as `["PIPELINING", "SIZE 1000"]`.
 */
export function advertised(conversation: Conversation): string[] {
  const lines: string[] = [];
  for (const extension of EXTENSIONS) {
    if (!isOn(extension, conversation)) continue;
    const value = extension.advertise === undefined ? "" : extension.advertise(conversation);
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
    const [owner, rule] = OWNED[verb].get(keyword) ?? [];
    if (owner === undefined || rule === undefined || !isOn(owner, conversation)) {
      return unknownParameter(keyword);
    }
    const value = rule(conversation, params[keyword], params);
    if (typeof value === "object") return value;
    params[keyword] = value;
  }
  return null;
}

function isOn({ option }: Extension, { service }: Conversation): boolean {
  return option === undefined || service.options.extensions[option] !== false;
}
