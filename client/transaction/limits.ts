/**
 * LIMITS: how many messages and recipients the server takes ([RFC 9422](https://www.rfc-editor.org/rfc/rfc9422)).
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { parseDecimalText, upperAscii } from "../../session/wire/bytes.ts";
import type { Capabilities } from "../../session/wire/capabilities.ts";
import type { Recipient } from "../message/recipient.ts";

/** What of a session's limits is used up. It stays so whatever EHLO says later. */
export class SessionUsage {
  #transactions = 0;
  readonly #domains = new Set<string>();

  /**
   * Counts a transaction that the server has heard of, accepted or not.
   *
   * @param recipients Its recipients.
   */
  count(recipients: readonly Recipient[]): void {
    this.#transactions++;
    for (const recipient of recipients) this.#domains.add(domainOf(recipient));
  }

  /**
   * Divides the recipients of a message into those of one transaction each.
   *
   * @param capabilities What the server said last in reply to EHLO.
   * @param recipients The recipients.
   * @param most How many a transaction may have besides.
   * @returns The groups, in order.
   * @throws {SmtpError} Kind `unsupported` if the session has no room for them, however they are divided.
   */
  divide(
    capabilities: Capabilities,
    recipients: readonly Recipient[],
    most = Infinity,
  ): Recipient[][] {
    const limits = capabilities.get("LIMITS") ?? [];
    const size = Math.min(most, limitOf(limits, "RCPTMAX="));
    const groups: Recipient[][] = [];
    for (let at = 0; at < recipients.length; at += size) {
      groups.push(recipients.slice(at, at + size));
    }
    const messages = limitOf(limits, "MAILMAX=");
    if (this.#transactions + groups.length > messages) {
      const used = `${this.#transactions} used up and ${groups.length} needed`;
      throw exhausted(`${messages} transactions in a session, got ${used}`);
    }
    const domains = limitOf(limits, "RCPTDOMAINMAX=");
    const all = this.#domains.union(new Set(recipients.map(domainOf)));
    if (all.size <= domains) return groups;
    throw exhausted(`recipients of ${domains} domains in a session, got ${all.size}`);
  }
}

/** The limit of a name: 1 to 999999; `Infinity` where there is none, or what stands there is none (section 3). */
function limitOf(limits: readonly string[], name: string): number {
  const found = limits.find((limit) => upperAscii(limit).startsWith(name));
  const value = parseDecimalText(found?.slice(name.length) ?? "", 6);
  return value > 0 ? value : Infinity;
}

function domainOf({ domain }: Recipient): string {
  return domain?.toLowerCase() ?? "";
}

/** Another session has room again. */
function exhausted(what: string): SmtpError {
  return new SmtpError(
    "unsupported",
    `Cannot send: the server takes ${what}; call disconnect() and connect(), or send to fewer`,
    { outcome: "not sent", temporary: true },
  );
}
