/**
 * What a handler may set, and what it is told where it sets something else.
 *
 * @module
 */

/** What no handler can set, so that "never set" differs from "set to undefined". */
export const UNSET: unique symbol = Symbol("unset");

/** The longest text of a reply that is kept, in characters; a reply line holds less (RFC 5321 4.5.3.1.5). */
export const MAX_REPLY_TEXT = 512;

/** The most mailboxes that a name may stand for. */
export const MAX_MATCHES = 100;

/** The longest secret of an answer, in characters. */
export const MAX_SECRET = 4_096;

/**
 * Checks a verdict.
 *
 * @param name What the handler knows it by.
 * @param value What was set; {@linkcode UNSET} where nothing was.
 * @returns The verdict; null where nothing was set.
 * @throws {TypeError} If it is no boolean.
 */
export function checkVerdict(name: string, value: unknown): boolean | null {
  if (value === true || value === false) return value;
  if (value === UNSET) return null;
  throw new TypeError(`Cannot answer: "${name}" must be a boolean, got ${describe(value)}`);
}

/**
 * Checks a secret.
 *
 * @param value What was set; null where nothing was.
 * @throws {TypeError} If it is no string, or too long a one.
 */
export function checkSecret(value: unknown): void {
  if (value === null || (typeof value === "string" && value.length <= MAX_SECRET)) return;
  // Its type only: a secret does not belong in a message.
  throw new TypeError(
    `Cannot answer: "secret" must be a string of at most ${MAX_SECRET} characters, got ${
      typeof value === "string" ? `${value.length} characters` : `a value of type ${typeof value}`
    }`,
  );
}

/**
 * Checks the code of a refusal.
 *
 * @param action What the handler does with it.
 * @param code The code.
 * @returns The code.
 * @throws {RangeError} If a refusal has no such code.
 */
export function replyCode(action: string, code: unknown): number {
  if (typeof code === "number" && code % 1 === 0 && code >= 400 && code <= 599) return code;
  throw new RangeError(
    `Cannot ${action}: "code" must be an integer from 400 to 599, got ${describe(code)}`,
  );
}

/**
 * Checks the text of a refusal.
 *
 * @param action What the handler does with it.
 * @param text The text.
 * @returns The text, cut to what a reply can hold.
 * @throws {TypeError} If it is not one line of text.
 */
export function replyText(action: string, text: unknown): string {
  if (typeof text !== "string") {
    throw new TypeError(`Cannot ${action}: "text" must be a string, got ${describe(text)}`);
  }
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x0a || unit === 0x0d) {
      throw new TypeError(`Cannot ${action}: "text" must be one line, got a line break at ${i}`);
    }
  }
  return text.length > MAX_REPLY_TEXT ? text.slice(0, MAX_REPLY_TEXT) : text;
}

/**
 * Checks what a name stands for.
 *
 * @param matches What was set.
 * @returns The mailboxes; null where there are none.
 * @throws {TypeError} If it is no list of lines, or too long a one.
 */
export function checkMatches(matches: unknown): readonly string[] | null {
  if (!Array.isArray(matches) || matches.length > MAX_MATCHES) {
    throw new TypeError(
      `Cannot answer: "matches" must be a list of at most ${MAX_MATCHES} strings, got ${
        Array.isArray(matches) ? `${matches.length}` : describe(matches)
      }`,
    );
  }
  const lines = Array.from(matches, (match) => replyText("answer", match));
  return lines.length === 0 ? null : lines;
}

/**
 * Checks for which recipient a refusal is.
 *
 * @param action What the handler does with it.
 * @param recipient The index of the recipient.
 * @param count How many recipients there are.
 * @param protocol The protocol of the session.
 * @returns The index.
 * @throws {TypeError} If the protocol has one reply for all recipients.
 * @throws {RangeError} If there is no such recipient.
 */
export function recipientIndex(
  action: string,
  recipient: unknown,
  count: number,
  protocol: string,
): number {
  if (!protocol.includes("LMTP")) {
    throw new TypeError(
      `Cannot ${action} one recipient: the protocol must be LMTP, where each gets a reply, got ${protocol}`,
    );
  }
  if (typeof recipient === "number" && recipient % 1 === 0 && recipient >= 0 && recipient < count) {
    return recipient;
  }
  throw new RangeError(
    `Cannot ${action}: "recipient" must be an index of rcptTo, 0 to ${count - 1}, got ${
      describe(recipient)
    }`,
  );
}

/** Names a value without quoting a text, which may be a secret. */
function describe(value: unknown): string {
  if (value === null || typeof value === "number" || typeof value === "undefined") {
    return `${value}`;
  }
  return `a value of type ${typeof value}`;
}
