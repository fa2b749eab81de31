/**
 * The bag of plain data that a session remembers.
 *
 * @module
 */

// User code in a worker may replace these later.
const { parse, stringify } = JSON;
const { getPrototypeOf, keys } = Object;
const { isArray } = Array;
const { isFinite } = Number;
const OBJECT_PROTOTYPE = Object.prototype;

/** The most that a session can remember, in octets of JSON. */
export const MAX_STATE = 65_536;

const MAX_DEPTH = 64;

/**
 * Writes a state as text, after checking that it is plain data and not too large.
 *
 * @param state The state.
 * @returns Its JSON.
 * @throws {TypeError} If it holds something that is not plain data.
 * @throws {RangeError} If it is too large or too deep.
 */
export function formatState(state: unknown): string {
  checkPlain(state, 0, { left: MAX_STATE });
  const text = stringify(state);
  if (octets(text) > MAX_STATE) throw tooLarge();
  return text;
}

/**
 * Reads a state back.
 *
 * @param text What {@linkcode formatState} wrote.
 * @returns The state.
 */
export function parseState(text: string): Record<string, unknown> {
  return parse(text);
}

/**
 * Counts the octets of a text in UTF-8, without encoding it.
 *
 * @param text The text.
 * @returns How many octets.
 */
function octets(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four octets.
    count += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return count;
}

function checkPlain(value: unknown, depth: number, budget: { left: number }): void {
  // Each value takes at least an octet of JSON, so a walk longer than the cap is over it.
  if (--budget.left < 0) throw tooLarge();
  if (value === null || value === undefined) return;
  const type = typeof value;
  if (type === "boolean" || (type === "number" && isFinite(value))) return;
  if (type === "string") {
    budget.left -= (value as string).length;
    return;
  }
  if (type !== "object") throw notPlain(type === "number" ? String(value) : `a ${type}`);
  if (depth >= MAX_DEPTH) {
    throw new RangeError(`Cannot keep state: nested deeper than ${MAX_DEPTH}`);
  }
  checkMembers(value as object, depth + 1, budget);
}

function checkMembers(value: object, depth: number, budget: { left: number }): void {
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) checkPlain(value[i], depth, budget);
    return;
  }
  const prototype = getPrototypeOf(value);
  if (prototype !== OBJECT_PROTOTYPE && prototype !== null) {
    throw notPlain("an object that is neither plain nor an array");
  }
  const names = keys(value);
  for (let i = 0; i < names.length; i++) {
    budget.left -= names[i].length;
    checkPlain((value as Record<string, unknown>)[names[i]], depth, budget);
  }
}

function notPlain(what: string): TypeError {
  return new TypeError(`Cannot keep state: it must be plain data, got ${what}`);
}

function tooLarge(): RangeError {
  return new RangeError(`Cannot keep state: it must be at most ${MAX_STATE} octets of JSON`);
}
