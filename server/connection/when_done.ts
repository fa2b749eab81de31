/**
 * Values that are there at once, or later.
 *
 * @module
 */

/**
 * Goes on with a value now, or once it is there: most answers are there at once, and a promise for each
 * would be the dearest part of a command.
 *
 * @param value The value, or a promise of it.
 * @param next What to do with it.
 * @returns What `next` returned, or a promise of it.
 */
export function whenDone<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
