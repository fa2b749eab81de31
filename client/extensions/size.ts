/**
 * SIZE: how large the message is ([RFC 1870](https://www.rfc-editor.org/rfc/rfc1870)).
 *
 * @module
 */

import { parseDecimalText } from "../../session/wire/bytes.ts";
import { type Extension, type Transfer, unsupported } from "./extension.ts";

/** Says the size where it is known; what can be seen to be too large is not tried (section 6.2). */
export const size: Extension = { keyword: "SIZE", mail };

function mail({ capabilities, message }: Transfer): string[] {
  const offered = capabilities.get(size.keyword);
  if (message.size === null || offered === undefined) return [];
  const limit = parseDecimalText(offered[0] ?? "", 20);
  if (limit > 0 && message.size > limit) {
    throw unsupported(
      `the server takes messages up to ${limit} octets, got one of ${message.size}`,
    );
  }
  return [`SIZE=${message.size}`];
}
