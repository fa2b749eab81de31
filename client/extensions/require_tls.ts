/**
 * REQUIRETLS: the message travels over verified TLS or not at all ([RFC 8689](https://www.rfc-editor.org/rfc/rfc8689)).
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { checkBoolean } from "../checks.ts";
import { type Extension, needed, type Transfer } from "./extension.ts";

/** The flag REQUIRETLS of MAIL. That the server is the right one (by DNSSEC or MTA-STS, section 4.2.1) is for whoever looked its name up. */
export const requireTls: Extension = {
  keyword: "REQUIRETLS",
  options: { requireTls: (value) => checkBoolean("requireTls", value) },
  mail,
};

function mail({ capabilities, tls, asked }: Transfer): string[] {
  if (asked.requireTls !== true) return [];
  if (!tls?.authorized) {
    const why = tls === null ? "the connection is in clear" : "its certificate was not verified";
    const message = `Cannot send: "requireTls" needs TLS to a server that was verified, but ${why}`;
    throw new SmtpError("tls", message, { outcome: "not sent", temporary: false });
  }
  needed(capabilities, requireTls.keyword, '"requireTls"');
  return [requireTls.keyword];
}
