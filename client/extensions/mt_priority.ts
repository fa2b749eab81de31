/**
 * MT-PRIORITY: how urgent the message is ([RFC 6710](https://www.rfc-editor.org/rfc/rfc6710)).
 *
 * @module
 */

import { checkInteger } from "../checks.ts";
import { type Extension, needed, type Transfer } from "./extension.ts";

/** The parameter MT-PRIORITY of MAIL. */
export const mtPriority: Extension = {
  keyword: "MT-PRIORITY",
  options: { priority: (value) => checkInteger("priority", value, -9, 9) },
  mail,
};

function mail({ capabilities, asked: { priority } }: Transfer): string[] {
  if (priority === undefined) return [];
  needed(capabilities, mtPriority.keyword, '"priority"');
  return [`${mtPriority.keyword}=${priority}`];
}
