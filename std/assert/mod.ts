// The assertions of jsr:@std/assert that the tests use, from the npm release of the same code.
// deno-lint-ignore-file no-explicit-any
import * as assertions from "deno-std/assert/mod.js";

/** A class that an error may be an instance of. */
export type ErrorClass<E extends Error> = new (...args: any[]) => E;

/** Asserts that a value is truthy. */
export const assert: (expr: unknown, msg?: string) => asserts expr = assertions.assert;
/** Asserts that two values are deeply equal. */
export const assertEquals: <T>(actual: T, expected: T, msg?: string) => void =
  assertions.assertEquals;
/** Asserts that two values are not deeply equal. */
export const assertNotEquals: <T>(actual: T, expected: T, msg?: string) => void =
  assertions.assertNotEquals;
/** Asserts that two values are the same. */
export const assertStrictEquals: <T>(
  actual: unknown,
  expected: T,
  msg?: string,
) => asserts actual is T = assertions.assertStrictEquals;
/** Asserts that a value is neither null nor undefined. */
export const assertExists: <T>(actual: T, msg?: string) => asserts actual is NonNullable<T> =
  assertions.assertExists;
/** Asserts that a value is falsy. */
export const assertFalse: (expr: unknown, msg?: string) => void = assertions.assertFalse;
/** Asserts that one number is greater than another. */
export const assertGreater: <T>(actual: T, expected: T, msg?: string) => void =
  assertions.assertGreater;
/** Asserts that one number is less than another. */
export const assertLess: <T>(actual: T, expected: T, msg?: string) => void = assertions.assertLess;
/** Asserts that a value is an instance of a class. */
export const assertInstanceOf: <C extends abstract new (...args: any[]) => any>(
  actual: unknown,
  expected: C,
  msg?: string,
) => asserts actual is InstanceType<C> = assertions.assertInstanceOf;
/** Asserts that a string matches an expression. */
export const assertMatch: (actual: string, expected: RegExp, msg?: string) => void =
  assertions.assertMatch;
/** Asserts that a string does not match an expression. */
export const assertNotMatch: (actual: string, expected: RegExp, msg?: string) => void =
  assertions.assertNotMatch;
/** Asserts that a string holds another. */
export const assertStringIncludes: (actual: string, expected: string, msg?: string) => void =
  assertions.assertStringIncludes;
/** Asserts that an object holds at least the members of another. */
export const assertObjectMatch: (
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
) => void = assertions.assertObjectMatch;
/** Asserts that a call throws. */
export const assertThrows: <E extends Error = Error>(
  fn: () => unknown,
  errorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
) => E = assertions.assertThrows;
/** Asserts that a promise is rejected. */
export const assertRejects: <E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
) => Promise<E> = assertions.assertRejects;
/** Fails. */
export const fail: (msg?: string) => never = assertions.fail;
