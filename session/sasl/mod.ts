/**
 * The SASL mechanisms that both ends know, a file each.
 *
 * @module
 */

import { upperAscii } from "../wire/bytes.ts";
import { CRAM_MD5 } from "./cram_md5.ts";
import { EXTERNAL } from "./external.ts";
import { LOGIN } from "./login.ts";
import type { SaslMechanism } from "./mechanism.ts";
import { OAUTHBEARER } from "./oauthbearer.ts";
import { PLAIN } from "./plain.ts";
import { SCRAM_SHA_1, SCRAM_SHA_1_PLUS, SCRAM_SHA_256, SCRAM_SHA_256_PLUS } from "./scram.ts";
import { XOAUTH2 } from "./xoauth2.ts";

export type {
  CertificateNames,
  LoginAnswer,
  LoginRequest,
  SaslClientExchange,
  SaslCredentials,
  SaslMechanism,
  SaslServerContext,
  SaslServerExchange,
  SaslServerStep,
} from "./mechanism.ts";

/** Every mechanism that there is, the weakest last. */
export const MECHANISMS: readonly SaslMechanism[] = Object.freeze([
  SCRAM_SHA_256_PLUS,
  SCRAM_SHA_1_PLUS,
  SCRAM_SHA_256,
  SCRAM_SHA_1,
  OAUTHBEARER,
  XOAUTH2,
  EXTERNAL,
  CRAM_MD5,
  PLAIN,
  LOGIN,
]);

/** What a mechanism may need. */
const NEEDS: readonly unknown[] = ["password", "secret", "token", "certificate"];

/** RFC 4422 section 3.1. */
const LONGEST_NAME = 20;

/**
 * Finds a mechanism by its name.
 *
 * @param name The name, in upper or lower case.
 * @returns The mechanism, or undefined where there is none of this name.
 */
export function mechanism(name: string): SaslMechanism | undefined {
  const upper = upperAscii(name);
  return MECHANISMS.find((known) => known.name === upper);
}

/**
 * Reads a list of mechanisms: names of those that there are, and mechanisms of the user's own.
 *
 * @param option What the list is called, for errors, such as `"auth.mechanisms"`.
 * @param items The list.
 * @returns The mechanisms, in the same order.
 * @throws {TypeError} If a name is not known, an object is no mechanism, or one stands there twice.
 */
export function readMechanisms(option: string, items: readonly unknown[]): SaslMechanism[] {
  const mechanisms: SaslMechanism[] = [];
  for (const item of items) {
    const read = typeof item === "string" ? named(option, item) : custom(option, item);
    if (mechanisms.some(({ name }) => name === read.name)) {
      throw new TypeError(`Cannot set "${option}": each must stand there once, got ${read.name}`);
    }
    mechanisms.push(read);
  }
  return mechanisms;
}

function named(option: string, name: string): SaslMechanism {
  const known = mechanism(name);
  if (known !== undefined) return known;
  const names = MECHANISMS.map((one) => one.name).join(", ");
  throw new TypeError(`Cannot set "${option}": known are ${names}, got ${JSON.stringify(name)}`);
}

function custom(option: string, value: unknown): SaslMechanism {
  const given = (value ?? {}) as Partial<SaslMechanism>;
  const { name, plaintext, needs, client, server } = given;
  const complete = typeof plaintext === "boolean" && NEEDS.includes(needs) &&
    typeof client === "function" && typeof server === "function";
  if (typeof name !== "string" || !complete) {
    throw new TypeError(
      `Cannot set "${option}": must hold names, or mechanisms with "name", "plaintext", "needs", "client" and "server", got another value`,
    );
  }
  if (isMechanismName(name)) return given as SaslMechanism;
  throw new TypeError(
    `Cannot set "${option}": the name of a mechanism must be 1 to ${LONGEST_NAME} of A-Z, 0-9, - and _, got ${
      JSON.stringify(name)
    }`,
  );
}

function isMechanismName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const letter = code >= 0x41 && code <= 0x5a;
    const digit = code >= 0x30 && code <= 0x39;
    if (!letter && !digit && code !== 0x2d && code !== 0x5f) return false;
  }
  return name.length > 0 && name.length <= LONGEST_NAME;
}
