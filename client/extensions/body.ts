/**
 * BODY: which octets the message has ([RFC 6152](https://www.rfc-editor.org/rfc/rfc6152)).
 *
 * @module
 */

import { checkBoolean } from "../checks.ts";
import type { Extension, Transfer } from "./extension.ts";

/** Says that there are octets above 127, or that the lines are none (RFC 3030, section 3). What the server does not take was encoded before. */
export const body: Extension = {
  keyword: "8BITMIME",
  options: { binary: (value) => checkBoolean("binary", value) },
  mail,
};

function mail({ capabilities, message }: Transfer): string[] {
  if (message.binary) return ["BODY=BINARYMIME"];
  // A stream cannot be looked at in advance: where its octets may be 8-bit, say so.
  return message.eightBit !== false && capabilities.has(body.keyword) ? ["BODY=8BITMIME"] : [];
}
