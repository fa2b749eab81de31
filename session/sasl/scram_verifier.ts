/**
 * What a server holds the proof of SCRAM against: the account's stored key, its password, or, for a name that the handler
 * does not know, a decoy. Who has no password to prove must not see which of the three it was
 * ([RFC 5802, section 9](https://www.rfc-editor.org/rfc/rfc5802#section-9)).
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import { encodeUtf8 } from "../wire/bytes.ts";
import type { LoginAnswer, SaslServerContext, SaslServerStep } from "./mechanism.ts";
import { saslPrep } from "./saslprep.ts";
import {
  deriveKeys,
  digest,
  hmac,
  isStoredKey,
  parseStoredKey,
  SALT_LENGTH,
  type ScramHash,
  type ScramKeys,
  SHA_256,
  type StoredKey,
} from "./stored_key.ts";

/** What the handler has given of an account. */
type Secret =
  | { readonly kind: "stored"; readonly key: StoredKey }
  | { readonly kind: "password"; readonly password: string }
  | { readonly kind: "none"; readonly step: SaslServerStep };

/** One account, or a decoy, in one exchange. */
export class Verifier {
  readonly #hash: ScramHash;
  readonly #secret: Secret;
  readonly #usual: { readonly salt: Uint8Array; readonly iterations: number };

  private constructor(
    hash: ScramHash,
    secret: Secret,
    username: string,
    context: SaslServerContext,
  ) {
    this.#hash = hash;
    this.#secret = secret;
    // Passwords have the salt that a decoy would have, the same in each attempt, so that it says nothing.
    const salt = hmac(SHA_256, context.decoyKey, encodeUtf8(username)).subarray(0, SALT_LENGTH);
    this.#usual = { salt, iterations: context.iterations };
  }

  /**
   * Makes what a proof is held against of what the handler said.
   *
   * @param hash The hash of the mechanism.
   * @param context The server.
   * @param username The name, prepared.
   * @param answer The handler's answer.
   * @returns The account, or a decoy.
   */
  static async of(
    hash: ScramHash,
    context: SaslServerContext,
    username: string,
    answer: LoginAnswer,
  ): Promise<Verifier> {
    return new Verifier(hash, await readAnswer(hash, answer), username, context);
  }

  /** The salt, and how often to hash. */
  get price(): { readonly salt: Uint8Array; readonly iterations: number } {
    return this.#secret.kind === "stored" ? this.#secret.key : this.#usual;
  }

  /**
   * Holds a proof against the account.
   *
   * @param message What the proof is over.
   * @param proof The proof.
   * @returns The server's signature where the proof holds; else what to answer.
   */
  async check(message: Uint8Array, proof: Uint8Array): Promise<Uint8Array | SaslServerStep> {
    const secret = this.#secret;
    const keys = secret.kind === "stored"
      ? secret.key
      : await this.#work(secret.kind === "password" ? secret.password : "decoy");
    const proved = proves(this.#hash, keys, message, proof);
    if (secret.kind === "none") return secret.step;
    if (proved) return hmac(this.#hash, keys.serverKey, message);
    // A stored key has spared the work that a decoy costs; a refusal takes as long as that.
    if (secret.kind === "stored") await this.#work("decoy");
    return { kind: "refused" };
  }

  #work(password: string): Promise<ScramKeys> {
    return deriveKeys(this.#hash, password, this.#usual.salt, this.#usual.iterations);
  }
}

async function readAnswer(hash: ScramHash, answer: LoginAnswer): Promise<Secret> {
  const { authenticated, secret } = answer;
  // An empty secret, which everybody knows, counts as none.
  if (authenticated === false || secret === "") return { kind: "none", step: { kind: "refused" } };
  // A verdict alone proves nothing here: the handler that gave it has seen no password.
  if (secret === null) return { kind: "none", step: { kind: "unavailable" } };
  if (!isStoredKey(secret)) {
    const password = await saslPrep(secret, "stored");
    return password
      ? { kind: "password", password }
      : unusable(hash, "what SASLprep (RFC 4013) prohibits");
  }
  const key = parseStoredKey(secret);
  if (key === null) return unusable(hash, "a malformed stored key");
  if (key.hash === hash) return { kind: "stored", key };
  return unusable(hash, `a key stored for ${key.hash.mechanism}`);
}

function unusable({ mechanism }: ScramHash, got: string): Secret {
  const fault =
    `Cannot check a login by ${mechanism}: "secret" must be a password or a key stored for it, got ${got}`;
  return { kind: "none", step: { kind: "unavailable", fault } };
}

/** Whether a proof, which hides the client's key under the signature, reveals the key whose hash is stored. */
function proves(hash: ScramHash, keys: ScramKeys, message: Uint8Array, proof: Uint8Array): boolean {
  if (proof.length !== hash.length) return false;
  const clientKey = hmac(hash, keys.storedKey, message).map((byte, i) => byte ^ proof[i]);
  return timingSafeEqual(digest(hash, clientKey), keys.storedKey);
}
