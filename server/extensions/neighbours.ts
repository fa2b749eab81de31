/**
 * XCLIENT and XFORWARD (Postfix): offered to those alone who may use them.
 *
 * @module
 */

import { XCLIENT_ATTRIBUTES, XFORWARD_ATTRIBUTES } from "../../session/wire/attributes.ts";
import type { Extension } from "./extension.ts";

/** XCLIENT, with the attributes that it takes. */
export const XCLIENT: Extension = {
  keyword: "XCLIENT",
  advertise: (conversation) =>
    conversation.trusts("xclient") ? Object.keys(XCLIENT_ATTRIBUTES).join(" ") : null,
};

/** XFORWARD, likewise. */
export const XFORWARD: Extension = {
  keyword: "XFORWARD",
  advertise: (conversation) =>
    conversation.trusts("xforward") ? Object.keys(XFORWARD_ATTRIBUTES).join(" ") : null,
};
