/**
 * SMTPUTF8 (RFC 6531): addresses beyond ASCII, their domains as U-labels or A-labels. MAIL, RCPT and VRFY refuse them where
 * the client has not said SMTPUTF8, for then it could not pass them on.
 *
 * The header of a message is not looked at: fields in raw UTF-8 without SMTPUTF8 are common, and reach the receive
 * handler as they are. One that cannot keep them says `reject(554, "5.6.9 …")` (RFC 6531 section 3.5).
 *
 * @module
 */

import { type Extension, flagRule } from "./extension.ts";

/** SMTPUTF8, and its parameter of MAIL. */
export const SMTP_UTF8: Extension = {
  keyword: "SMTPUTF8",
  option: "smtpUtf8",
  mail: { SMTPUTF8: flagRule("SMTPUTF8") },
};
