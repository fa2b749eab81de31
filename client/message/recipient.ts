/**
 * Addresses as a caller gives them: for the envelope, with what is said of a recipient alone.
 *
 * @module
 */

import { isAscii } from "node:buffer";
import { type Address, parseMailbox } from "../../session/wire/address.ts";
import { encodeUtf8 } from "../../session/wire/bytes.ts";
import { printable } from "../../session/wire/escape.ts";
import { checkKeys, hasControl, show } from "../checks.ts";

/** A recipient as a caller gives it. */
export interface RecipientInit {
  /** The address, as `ada@example.org`. */
  readonly address: string;
  /** Which delivery status notifications may come of it ([RFC 3461](https://www.rfc-editor.org/rfc/rfc3461)). @default {what the server does by itself} */
  readonly notify?: Notify;
  /** The address that notifications shall name, where this one came of another, as of an alias. */
  readonly originalRecipient?: string;
}

/** Which notifications a recipient's delivery may cause: none, or those that are listed. */
export type Notify = "never" | readonly ("success" | "failure" | "delay")[];

/** A recipient to whom can be sent. */
export interface Recipient extends Address {
  /** The value of the parameter NOTIFY; undefined for none. */
  readonly notify?: string;
  /** What the parameter ORCPT names; undefined for none. */
  readonly originalRecipient?: Address;
}

const EVENTS = ["success", "failure", "delay"];

/**
 * Checks a recipient that a caller gave. Each property is read once.
 *
 * @param init The address, or the address and more.
 * @returns The same, parsed.
 * @throws {TypeError} If it is none.
 */
export function parseRecipient(init: unknown): Recipient {
  if (typeof init !== "object" || init === null) return parseAddress("envelope.to", init);
  const known = ["address", "notify", "originalRecipient"];
  const { address, notify, originalRecipient } = checkKeys("envelope.to", init, known);
  return {
    ...parseAddress("envelope.to", address),
    notify: notify === undefined ? undefined : checkNotify(notify),
    originalRecipient: originalRecipient === undefined
      ? undefined
      : parseAddress("originalRecipient", originalRecipient),
  };
}

/**
 * Checks an address that a caller gave.
 *
 * @param name What it is called, as `"envelope.from"`.
 * @param value The address.
 * @returns The same, parsed, in ASCII where it can be.
 * @throws {TypeError} If it is none.
 */
export function parseAddress(name: string, value: unknown): Address {
  if (typeof value !== "string") {
    throw new TypeError(`Cannot send: "${name}" must hold strings, got ${show(value)}`);
  }
  if (hasControl(value)) {
    throw new TypeError(
      `Cannot send: "${name}" must not hold line ends or other control characters, got ${
        printable(value, 100)
      }`,
    );
  }
  try {
    return toAscii(parseMailbox(value));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new TypeError(
      `Cannot send: "${name}" must hold addresses such as "ada@example.org", got ${
        printable(value, 100)
      }`,
      { cause },
    );
  }
}

/**
 * Writes the domain of an address in ASCII (A-labels, [UTS 46](https://www.unicode.org/reports/tr46/)), where the local
 * part is ASCII: every server takes it so, and SMTPUTF8 is not needed.
 *
 * @param address The address.
 * @returns The same address, or the same with another domain.
 * @throws {SyntaxError} If the domain is none in any script.
 */
export function toAscii(address: Address): Address {
  const { text, domain, utf8 } = address;
  if (!utf8 || domain === null || isAscii(encodeUtf8(domain))) return address;
  const localPart = text.slice(0, -domain.length);
  const ascii = URL.parse(`http://${domain}/`)?.hostname;
  if (ascii === undefined) {
    throw new SyntaxError(`Cannot read an address: no domain, got "${printable(domain, 80)}"`);
  }
  const written = parseMailbox(localPart + ascii);
  return written.utf8 ? address : written;
}

function checkNotify(value: unknown): string {
  if (value === "never") return "NEVER";
  const events: readonly unknown[] = Array.isArray(value) ? [...value] : [];
  const known = events.every((event) => EVENTS.some((name) => name === event));
  if (known && events.length > 0) return [...new Set(events)].join(",").toUpperCase();
  throw new TypeError(
    `Cannot send: "notify" must be "never" or a list of "success", "failure" and "delay", got ${
      Array.isArray(value) ? `[${events.map(show).join(", ")}]` : show(value)
    }`,
  );
}
