/**
 * Checks of what a caller gives: each returns the value or throws, and shows the value where it is no secret.
 *
 * @module
 */

import { printable } from "../session/wire/escape.ts";

/**
 * Whether a text could change what a line on the wire, in a log or on a terminal means.
 *
 * @param text The text.
 * @returns Whether it holds CR, LF, NUL, another control character, a Unicode line end or half of a surrogate pair.
 */
export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code >= 0x7f && code <= 0x9f) return true;
    if (code === 0x2028 || code === 0x2029) return true;
  }
  return !text.isWellFormed();
}

/**
 * Whether every character is a visible one of ASCII.
 *
 * @param text The text.
 * @returns Whether it holds neither spaces nor controls nor anything past ASCII.
 */
export function isVisibleAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f) return false;
  }
  return true;
}

/**
 * Shows a value in an error.
 *
 * @param value Any value.
 * @returns One short line.
 */
export function show(value: unknown): string {
  if (typeof value === "string") {
    return `"${printable(value, 100)}"`;
  }
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === null ? "null" : typeof value;
}

/**
 * Checks for a text without control characters.
 *
 * @param name What the value is called, as `"username"`.
 * @param value The value.
 * @returns The text.
 * @throws {TypeError} If it is none, or holds a control character. The text is not shown: it may be a secret.
 */
export function checkText(name: string, value: unknown): string {
  if (typeof value !== "string") {
    throw new TypeError(`Cannot set "${name}": must be a string, got ${typeof value}`);
  }
  if (hasControl(value)) {
    throw new TypeError(
      `Cannot set "${name}": must not hold line ends or other control characters, got some`,
    );
  }
  return value;
}

/**
 * Checks for a text of visible ASCII characters; empty is one.
 *
 * @param name What the value is called.
 * @param value The value.
 * @returns The text.
 * @throws {TypeError} If it is none.
 */
export function checkToken(name: string, value: unknown): string {
  const text = checkText(name, value);
  if (!isVisibleAscii(text)) {
    throw new TypeError(
      `Cannot set "${name}": must hold visible ASCII characters only (a name in another script has an "xn--" form), got ${
        show(text)
      }`,
    );
  }
  return text;
}

/**
 * Checks for a whole number in a range.
 *
 * @param name What the value is called.
 * @param value The value.
 * @param min The least.
 * @param max The greatest.
 * @returns The number.
 * @throws {TypeError} If it is no number.
 * @throws {RangeError} If it is out of range or not whole.
 */
export function checkInteger(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot set "${name}": must be a number, got ${show(value)}`);
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`Cannot set "${name}": must be ${min} to ${max}, got ${value}`);
  }
  return value;
}

/**
 * Checks for true or false.
 *
 * @param name What the value is called.
 * @param value The value.
 * @returns The value.
 * @throws {TypeError} If it is neither.
 */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") {
    throw new TypeError(`Cannot set "${name}": must be true or false, got ${show(value)}`);
  }
  return value;
}

/**
 * Checks for one of the values of an enumeration.
 *
 * @param name What the value is called.
 * @param value The value.
 * @param members The enumeration.
 * @returns The value.
 * @throws {TypeError} If it is none of them.
 */
export function checkMember<T extends string | number>(
  name: string,
  value: unknown,
  members: Readonly<Record<string, T>>,
): T {
  for (const member of Object.values(members)) if (member === value) return member;
  const known = Object.entries(members).map(([key, member]) => `${member} (${key})`).join(", ");
  throw new TypeError(`Cannot set "${name}": must be one of ${known}, got ${show(value)}`);
}

/**
 * Checks that an object of options holds only what is known.
 *
 * @param name What the object is called.
 * @param value The value.
 * @param known The keys that it may have.
 * @param shown Those of them that are named where it holds another; all unless given.
 * @returns The object.
 * @throws {TypeError} If it is no object, or holds another key.
 */
export function checkKeys(
  name: string,
  value: unknown,
  known: readonly string[],
  shown: readonly string[] = known,
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`Cannot set "${name}": must be an object, got ${show(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    throw new TypeError(
      `Cannot set "${name}": unknown option ${show(key)}, known are ${shown.join(", ")}`,
    );
  }
  return value as Readonly<Record<string, unknown>>;
}
