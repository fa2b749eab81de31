/**
 * DSN (RFC 3461, RFC 6533): which notifications the sender wants, and what they shall say. Handlers are told.
 *
 * @module
 */

import { badParameter, type Utterance } from "../../session/replies.ts";
import {
  DEL,
  encodeUtf8,
  HYPHEN,
  isAscii,
  isDigit,
  isLetter,
  upperAscii,
} from "../../session/wire/bytes.ts";
import { hasHidden } from "../../session/wire/characters.ts";
import { decodeUnitext, decodeXtext } from "../../session/wire/xtext.ts";
import type { Conversation } from "../connection/conversation.ts";
import { type Extension, type Value, wordRule } from "./extension.ts";

/** The longest ENVID, as it stands on the wire (RFC 3461 section 4.4). */
const MAX_ENVID = 100;
/** The longest ORCPT, as it stands on the wire (RFC 3461 section 4.2). */
const MAX_ORCPT = 500;
const OCCASIONS = ["SUCCESS", "FAILURE", "DELAY"];

/** DSN, and its parameters of MAIL and RCPT. */
export const DSN: Extension = {
  keyword: "DSN",
  option: "dsn",
  mail: { RET: wordRule("RET", ["FULL", "HDRS"]), ENVID: envelopeId },
  rcpt: { NOTIFY: notify, ORCPT: originalRecipient },
};

/** RFC 3461 section 4.4. */
function envelopeId(_conversation: Conversation, value: Value): Value | Utterance {
  const id = value === true || value.length > MAX_ENVID ? "" : decodePrintable(value);
  return id || badParameter("ENVID", `1 to ${MAX_ENVID} characters of xtext, for printable ASCII`);
}

/** RFC 3461 section 4.1. */
function notify(_conversation: Conversation, value: Value): Value | Utterance {
  const words = value === true ? [""] : upperAscii(value).split(",");
  const known = words.every((word, at) => OCCASIONS.includes(word) && words.indexOf(word) === at);
  if (known || words.join() === "NEVER") return words.join();
  return badParameter("NOTIFY", "NEVER or a list of SUCCESS, FAILURE and DELAY");
}

/** RFC 3461 section 4.2; RFC 6533 section 3 for the type utf-8. */
function originalRecipient({ envelope }: Conversation, value: Value): Value | Utterance {
  const expected = badParameter(
    "ORCPT",
    `type;address in xtext, at most ${MAX_ORCPT} characters, such as rfc822;ada@example.org`,
  );
  if (value === true || value.length > MAX_ORCPT) return expected;
  const end = value.indexOf(";");
  const type = value.slice(0, Math.max(end, 0)).toLowerCase();
  const encoded = value.slice(end + 1);
  const utf8 = envelope.mailFrom?.params.SMTPUTF8 === true;
  // Postfix calls an address outside ASCII rfc822, which RFC 6533 does not; its mail is not to be lost for that.
  const address = type === "utf-8" ? decodeAddress(encoded, utf8) : decodePrintable(encoded, utf8);
  return isTypeName(type) && address !== "" ? `${type};${address}` : expected;
}

function isTypeName(type: string): boolean {
  return type !== "" &&
    encodeUtf8(type).every((byte) =>
      byte === HYPHEN || isDigit(byte) || (isLetter(byte) && byte <= DEL)
    );
}

/** An address of the type utf-8; empty where it is malformed. */
function decodeAddress(encoded: string, utf8: boolean): string {
  try {
    return decodeUnitext(encoded, utf8);
  } catch {
    return "";
  }
}

/** Xtext that stands for printable ASCII, or for visible UTF-8 where that is allowed; empty where it does not. */
function decodePrintable(xtext: string, utf8 = false): string {
  try {
    const text = decodeXtext(xtext);
    return isAscii(encodeUtf8(text)) || (utf8 && !hasHidden(text)) ? text : "";
  } catch {
    return "";
  }
}
