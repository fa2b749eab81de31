/**
 * The SASL mechanisms that both ends know, a file each.
 *
 * @module
 */

import { upperAscii } from "../wire/bytes.ts";
import { CRAM_MD5 } from "./cram_md5.ts";
import { LOGIN } from "./login.ts";
import type { Mechanism } from "./mechanism.ts";
import { PLAIN } from "./plain.ts";

export type {
  ClientCredentials,
  ClientExchange,
  LoginAnswer,
  LoginRequest,
  Mechanism,
  ServerContext,
  ServerExchange,
  ServerStep,
} from "./mechanism.ts";

/** Every mechanism that there is, the weakest last. */
export const MECHANISMS: readonly Mechanism[] = Object.freeze([CRAM_MD5, PLAIN, LOGIN]);

/**
 * Finds a mechanism by its name.
 *
 * @param name The name, in upper or lower case.
 * @returns The mechanism, or undefined where there is none of this name.
 */
export function mechanism(name: string): Mechanism | undefined {
  const upper = upperAscii(name);
  return MECHANISMS.find((known) => known.name === upper);
}
