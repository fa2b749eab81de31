/**
 * The keys of SCRAM ([RFC 5802, section 3](https://www.rfc-editor.org/rfc/rfc5802#section-3)), and the text in which a server
 * keeps them instead of a password ([RFC 5803](https://www.rfc-editor.org/rfc/rfc5803)):
 * `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, all but the number in base64.
 *
 * @module
 */

import { createHash, createHmac } from "node:crypto";
import { decodeBase64, encodeBase64 } from "../wire/base64.ts";
import { ascii, encodeUtf8, isAscii, parseDecimalText } from "../wire/bytes.ts";
import { saslPrep } from "./saslprep.ts";

/** The fewest iterations: with less, who has seen a login guesses the password too fast (RFC 7677 section 4). */
export const MIN_ITERATIONS = 4_096;

/** The most iterations: about 0.2 s of work. A peer that asks for more wants to keep the other end busy. */
export const MAX_ITERATIONS = 1_000_000;

/** Octets of a salt that we choose. */
export const SALT_LENGTH = 16;

/** The longest salt of a stored key, in octets. */
const MAX_SALT = 256;

/** A hash that SCRAM can be built on. */
export interface ScramHash {
  /** The name of the mechanism without channel binding, which stored keys begin with. */
  readonly mechanism: "SCRAM-SHA-1" | "SCRAM-SHA-256";
  /** Its name in Web Crypto, which needs half the time of `node:crypto` for the iterations. */
  readonly web: "SHA-1" | "SHA-256";
  /** Its name in `node:crypto`, which needs half the time of Web Crypto for a single hash. */
  readonly node: "sha1" | "sha256";
  /** Octets of a result. */
  readonly length: number;
}

/** SHA-1 (RFC 5802). */
export const SHA_1: ScramHash = {
  mechanism: "SCRAM-SHA-1",
  web: "SHA-1",
  node: "sha1",
  length: 20,
};

/** SHA-256 (RFC 7677). */
export const SHA_256: ScramHash = {
  mechanism: "SCRAM-SHA-256",
  web: "SHA-256",
  node: "sha256",
  length: 32,
};

/** What a server needs to know of a password. */
export interface ScramKeys {
  /** Proves that the client knows the password; does not help to be that client. */
  readonly storedKey: Uint8Array;
  /** Proves to the client that the server knows this. */
  readonly serverKey: Uint8Array;
}

/** A stored key. */
export interface StoredKey extends ScramKeys {
  /** The hash. */
  readonly hash: ScramHash;
  /** How often the password was hashed. */
  readonly iterations: number;
  /** The salt. */
  readonly salt: Uint8Array;
}

/** How to make a stored key. */
export interface StoredKeyOptions {
  /**
   * The mechanism that it is for, also in its `-PLUS` form. A key serves one hash alone.
   *
   * @default {"SCRAM-SHA-256"}
   */
  mechanism?: "SCRAM-SHA-1" | "SCRAM-SHA-256";
  /**
   * How often the password is hashed, 4,096 to 1,000,000. Let it be the server's `auth.iterations`: a client is told
   * the number, and an account with another one is seen to exist.
   *
   * @default {4096}
   */
  iterations?: number;
}

/**
 * Makes the stored key of a password, for a login handler to set as `session.secret`. Who gets hold of it cannot log in
 * with it, but can try passwords, and can pretend to be the server.
 *
 * @param password The password; prepared by SASLprep ([RFC 4013](https://www.rfc-editor.org/rfc/rfc4013)).
 * @param options For which mechanism, and at which price.
 * @returns The key in the form of [RFC 5803](https://www.rfc-editor.org/rfc/rfc5803), with a new salt.
 * @throws {TypeError} If the password is empty, holds what SASLprep prohibits, or the mechanism is none of SCRAM.
 * @throws {RangeError} If the iterations are out of range.
 *
 * @example Keep a key instead of a password
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createStoredKey } from "@infinity/smtp/server";
 *
 * const key = await createStoredKey("open sesame");
 * assertEquals(key.startsWith("SCRAM-SHA-256$4096:"), true);
 * ```
 */
export async function createStoredKey(
  password: string,
  { mechanism = "SCRAM-SHA-256", iterations = MIN_ITERATIONS }: StoredKeyOptions = {},
): Promise<string> {
  const hash = [SHA_1, SHA_256].find((one) => one.mechanism === mechanism);
  if (hash === undefined) {
    throw new TypeError(
      `Cannot make a stored key: "mechanism" must be "SCRAM-SHA-1" or "SCRAM-SHA-256", got ${
        JSON.stringify(mechanism)
      }`,
    );
  }
  if (!isIterations(iterations)) {
    throw new RangeError(
      `Cannot make a stored key: "iterations" must be an integer from ${MIN_ITERATIONS} to ${MAX_ITERATIONS}, got ${iterations}`,
    );
  }
  const prepared = await saslPrep(password, "stored");
  if (!prepared) {
    throw new TypeError(
      'Cannot make a stored key: "password" must hold at least one character, and none that SASLprep (RFC 4013) prohibits',
    );
  }
  const salt = crypto.getRandomValues(new Uint8Array(SALT_LENGTH));
  return formatStoredKey({
    hash,
    iterations,
    salt,
    ...await deriveKeys(hash, prepared, salt, iterations),
  });
}

/**
 * Whether SCRAM is done with so many iterations here.
 *
 * @param iterations The number.
 * @returns Whether it is an integer within the bounds.
 */
export function isIterations(iterations: number): boolean {
  return Number.isInteger(iterations) && iterations >= MIN_ITERATIONS &&
    iterations <= MAX_ITERATIONS;
}

/**
 * Whether a secret is meant as a stored key, well-formed or not: then it is never taken for a password, which would let
 * in whoever has stolen it.
 *
 * @param secret The secret.
 * @returns Whether it begins as a stored key does.
 */
export function isStoredKey(secret: string): boolean {
  return secret.startsWith("SCRAM-") && secret.includes("$");
}

/**
 * Reads a stored key strictly.
 *
 * @param text The text.
 * @returns The key; null where it is malformed, or its iterations are out of range.
 */
export function parseStoredKey(text: string): StoredKey | null {
  const [mechanism, price, keys, ...rest] = text.split("$");
  const hash = [SHA_1, SHA_256].find((one) => one.mechanism === mechanism);
  const [count, salt] = pair(price);
  const [storedKey, serverKey] = pair(keys).map(octets);
  if (hash === undefined || rest.length > 0 || count === undefined) return null;
  const iterations = count.startsWith("0") ? -1 : parseDecimalText(count, 7);
  const salted = octets(salt);
  if (!isIterations(iterations) || salted === null) return null;
  if (salted.length === 0 || salted.length > MAX_SALT) return null;
  if (storedKey?.length !== hash.length || serverKey?.length !== hash.length) return null;
  return { hash, iterations, salt: salted, storedKey, serverKey };
}

/** The two sides of a colon; none where there is not exactly one. */
function pair(text = ""): string[] {
  const sides = text.split(":");
  return sides.length === 2 ? sides : [];
}

function octets(base64: string): Uint8Array | null {
  const bytes = new TextEncoder().encode(base64);
  return isAscii(bytes) ? decodeBase64(bytes) : null;
}

/**
 * Writes a stored key.
 *
 * @param key The key.
 * @returns Its text.
 */
export function formatStoredKey({ hash, iterations, salt, ...keys }: StoredKey): string {
  const [storedKey, serverKey] = [keys.storedKey, keys.serverKey].map(encodeBase64);
  return `${hash.mechanism}$${iterations}:${encodeBase64(salt)}$${storedKey}:${serverKey}`;
}

/**
 * Makes the keys of a password: the work of SCRAM. It is done in another thread of the runtime.
 *
 * @param hash The hash.
 * @param password The password, prepared.
 * @param salt The salt.
 * @param iterations How often to hash.
 * @returns The keys of both ends.
 */
export async function deriveKeys(
  hash: ScramHash,
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<ScramKeys & { readonly clientKey: Uint8Array }> {
  const octets = new Uint8Array(encodeUtf8(password));
  const key = await crypto.subtle.importKey("raw", octets, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: hash.web, salt: new Uint8Array(salt), iterations };
  const salted = new Uint8Array(
    await crypto.subtle.deriveBits(parameters, key, hash.length * 8),
  );
  const clientKey = hmac(hash, salted, ascii("Client Key"));
  return {
    clientKey,
    storedKey: digest(hash, clientKey),
    serverKey: hmac(hash, salted, ascii("Server Key")),
  };
}

/**
 * A keyed digest.
 *
 * @param hash The hash.
 * @param key The key.
 * @param message What is signed.
 * @returns The digest.
 */
export function hmac(hash: ScramHash, key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac(hash.node, key).update(message).digest());
}

/**
 * A digest.
 *
 * @param hash The hash.
 * @param message What is hashed.
 * @returns The digest.
 */
export function digest(hash: ScramHash, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(hash.node).update(message).digest());
}
