/**
 * Claims about types, which hold or fail when this is compiled.
 *
 * @module
 */

/** True where two types are the same. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
  ? true
  : false;

/** True where a value of the first type can stand where one of the second is wanted. */
export type Fits<A, B> = [A] extends [B] ? true : false;

/** Claims that a type is true; anything else does not compile. Does nothing when it is called. */
export function claim<_Claim extends true>(): void {}
