/**
 * What a handler threw, as a text for the log: errors themselves do not cross from a worker.
 *
 * @module
 */

/** The longest text of a fault, in characters. */
export const MAX_FAULT = 1_000;

/**
 * Describes what a handler threw.
 *
 * @param thrown What was thrown: anything at all.
 * @returns A text, such as `"threw TypeError: no such user"`. Not escaped: whoever prints it does that.
 */
export function describeThrown(thrown: unknown): string {
  let text: string;
  try {
    text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    // A getter or toString() of the thrown value threw as well.
    text = "something that cannot be described";
  }
  return cut(`threw ${text}`);
}

/**
 * Cuts a text for the log.
 *
 * @param text The text.
 * @returns It, or as much of it as is kept.
 */
export function cut(text: string): string {
  return text.length > MAX_FAULT ? `${text.slice(0, MAX_FAULT)}…` : text;
}
