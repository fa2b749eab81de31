/**
 * AUTH= on MAIL: who submitted the message first ([RFC 4954, section 5](https://www.rfc-editor.org/rfc/rfc4954#section-5)).
 *
 * @module
 */

import { encodeXtext } from "../../session/wire/xtext.ts";
import { show } from "../checks.ts";
import { parseAddress } from "../message/recipient.ts";
import { type Extension, needed, type Transfer } from "./extension.ts";

/** The parameter AUTH of MAIL. */
export const auth: Extension = { keyword: "AUTH", options: { submitter: checkSubmitter }, mail };

function checkSubmitter(value: unknown): string {
  if (value === "") return "";
  const { text, utf8 } = parseAddress("submitter", value);
  if (!utf8) return text;
  throw new TypeError(`Cannot send: "submitter" must be an ASCII address, got ${show(text)}`);
}

function mail({ capabilities, asked: { submitter } }: Transfer): string[] {
  if (submitter === undefined) return [];
  needed(capabilities, auth.keyword, '"submitter"');
  return [`AUTH=${submitter === "" ? "<>" : encodeXtext(submitter)}`];
}
