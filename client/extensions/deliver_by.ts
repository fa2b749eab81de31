/**
 * DELIVERBY: by when the message is to be delivered ([RFC 2852](https://www.rfc-editor.org/rfc/rfc2852)).
 *
 * @module
 */

import { parseDecimalText } from "../../session/wire/bytes.ts";
import { checkBoolean, checkInteger, checkKeys, checkMember } from "../checks.ts";
import { type Extension, needed, type Transfer, unsupported } from "./extension.ts";
import type { DeliverByOptions } from "./options.ts";

/** The parameter BY of MAIL. */
export const deliverBy: Extension = {
  keyword: "DELIVERBY",
  options: { deliverBy: checkDeliverBy },
  mail,
};

/** by-time has nine digits (section 4). */
const MOST = 999_999_999;

function checkDeliverBy(value: unknown): DeliverByOptions {
  const given = checkKeys("deliverBy", value, ["seconds", "mode", "trace"]);
  const { seconds, mode: said, trace = false } = given;
  const mode = checkMember("deliverBy.mode", said, { return: "return", notify: "notify" } as const);
  return {
    seconds: checkInteger("deliverBy.seconds", seconds, mode === "return" ? 1 : -MOST, MOST),
    mode,
    trace: checkBoolean("deliverBy.trace", trace),
  };
}

function mail({ capabilities, asked: { deliverBy: wanted } }: Transfer): string[] {
  if (wanted === undefined) return [];
  const { seconds, mode, trace } = wanted;
  const [least = ""] = needed(capabilities, deliverBy.keyword, '"deliverBy"');
  if (mode === "return" && seconds < parseDecimalText(least, 9)) {
    throw unsupported(`the server delivers within ${least} seconds at the soonest, got ${seconds}`);
  }
  return [`BY=${seconds};${mode === "return" ? "R" : "N"}${trace ? "T" : ""}`];
}
