/**
 * SCRAM ([RFC 5802](https://www.rfc-editor.org/rfc/rfc5802), [RFC 7677](https://www.rfc-editor.org/rfc/rfc7677)): the password
 * never crosses the wire, the server need not know it, and proves in its turn that it knows the account. The `-PLUS` forms
 * bind the exchange to the server's certificate (`tls-server-end-point`,
 * [RFC 5929, section 4](https://www.rfc-editor.org/rfc/rfc5929#section-4)), so that nobody can stand in between.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import { encodeBase64 } from "../wire/base64.ts";
import { concat, EMPTY, encodeUtf8 } from "../wire/bytes.ts";
import { challengeError, isIdentity, malformed } from "./identity.ts";
import type {
  SaslClientExchange,
  SaslCredentials,
  SaslMechanism,
  SaslServerContext,
  SaslServerExchange,
  SaslServerStep,
} from "./mechanism.ts";
import { saslPrep } from "./saslprep.ts";
import {
  type ClientFirst,
  parseClientFinal,
  parseClientFirst,
  parseServerFinal,
  parseServerFirst,
  type ServerFirst,
} from "./scram_messages.ts";
import { BINDING, nameOf, open, type Opening, type ScramVariant } from "./scram_opening.ts";
import { Verifier } from "./scram_verifier.ts";
import {
  deriveKeys,
  hmac,
  isIterations,
  MAX_ITERATIONS,
  MIN_ITERATIONS,
  SHA_1,
  SHA_256,
} from "./stored_key.ts";

/** SCRAM with SHA-1. */
export const SCRAM_SHA_1: SaslMechanism = mechanism({ hash: SHA_1, binds: false });
/** SCRAM with SHA-1, bound to the server's certificate. */
export const SCRAM_SHA_1_PLUS: SaslMechanism = mechanism({ hash: SHA_1, binds: true });
/** SCRAM with SHA-256. */
export const SCRAM_SHA_256: SaslMechanism = mechanism({ hash: SHA_256, binds: false });
/** SCRAM with SHA-256, bound to the server's certificate. */
export const SCRAM_SHA_256_PLUS: SaslMechanism = mechanism({ hash: SHA_256, binds: true });

/** Octets of randomness in a nonce. */
const NONCE = 24;

function mechanism(variant: ScramVariant): SaslMechanism {
  return {
    name: nameOf(variant),
    plaintext: false,
    needs: "secret",
    ...variant.binds && { binding: true },
    client: (credentials) => new ScramClient(variant, credentials),
    server: (context) => new ScramServer(variant, context),
  };
}

function makeNonce(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(NONCE)));
}

/** The client's half. Exported so that a test can give the nonce of a published example. */
export class ScramClient implements SaslClientExchange {
  readonly #variant: ScramVariant;
  readonly #credentials: SaslCredentials;
  readonly #nonce: string;
  #opening: Opening | null = null;
  #next: (challenge: Uint8Array) => Uint8Array | Promise<Uint8Array> = (challenge) =>
    this.#begin(challenge);
  #complete = false;

  /**
   * Begins an exchange.
   *
   * @param variant Which of the family.
   * @param credentials Who to authenticate as.
   * @param nonce The nonce, a fresh one unless given.
   */
  constructor(variant: ScramVariant, credentials: SaslCredentials, nonce: string = makeNonce()) {
    this.#variant = variant;
    this.#credentials = credentials;
    this.#nonce = nonce;
  }

  async initial(): Promise<Uint8Array> {
    const { header, bare } = await this.#open();
    return encodeUtf8(header + bare);
  }

  async respond(challenge: Uint8Array): Promise<Uint8Array> {
    return await this.#next(challenge);
  }

  get complete(): boolean {
    return this.#complete;
  }

  async #open(): Promise<Opening> {
    return this.#opening ??= await open(this.#variant, this.#credentials, this.#nonce);
  }

  async #begin(challenge: Uint8Array): Promise<Uint8Array> {
    if (challenge.length > 0) return await this.#prove(challenge);
    this.#next = (next) => this.#prove(next);
    return await this.initial();
  }

  async #prove(challenge: Uint8Array): Promise<Uint8Array> {
    const { header, bare, password } = await this.#open();
    const { text, nonce, salt, iterations } = this.#readFirst(challenge);
    const { hash, binds } = this.#variant;
    const { clientKey, storedKey, serverKey } = await deriveKeys(hash, password, salt, iterations);
    const bound = binds ? this.#credentials.channelBinding ?? EMPTY : EMPTY;
    const withoutProof = `c=${encodeBase64(concat([encodeUtf8(header), bound]))},r=${nonce}`;
    const message = encodeUtf8(`${bare},${text},${withoutProof}`);
    const proof = hmac(hash, storedKey, message).map((byte, i) => byte ^ clientKey[i]);
    this.#next = (next) => this.#verify(next, hmac(hash, serverKey, message));
    return encodeUtf8(`${withoutProof},p=${encodeBase64(proof)}`);
  }

  #readFirst(challenge: Uint8Array): ServerFirst {
    const first = parseServerFirst(challenge);
    if (first === null) throw this.#error("a first message that is malformed");
    const { nonce, iterations } = first;
    // A nonce that the server chose alone, or an old one, lets it use a recorded exchange again.
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw this.#error("a nonce that does not extend the client's");
    }
    if (isIterations(iterations)) return first;
    throw this.#error(
      `an iteration count of ${iterations}, where ${MIN_ITERATIONS} to ${MAX_ITERATIONS} can be done`,
    );
  }

  #verify(challenge: Uint8Array, signature: Uint8Array): Uint8Array {
    this.#next = () => {
      throw this.#error("a challenge after its last message");
    };
    const final = parseServerFinal(challenge);
    if (final === null) throw this.#error("a last message that is malformed");
    // The reply that follows says as much.
    if (final === "error") return EMPTY;
    if (final.length !== signature.length || !timingSafeEqual(final, signature)) {
      throw this.#error("a wrong signature: it does not know this account");
    }
    this.#complete = true;
    return EMPTY;
  }

  #error(problem: string): Error {
    return challengeError(nameOf(this.#variant), problem);
  }
}

/** The server's half. Exported so that a test can give the nonce of a published example. */
export class ScramServer implements SaslServerExchange {
  readonly #variant: ScramVariant;
  readonly #context: SaslServerContext;
  readonly #nonce: string;
  #next: (response: Uint8Array) => SaslServerStep | Promise<SaslServerStep> = (response) =>
    this.#begin(response);

  /**
   * Begins an exchange.
   *
   * @param variant Which of the family.
   * @param context What it may ask of the server.
   * @param nonce The server's part of the nonce, a fresh one unless given.
   */
  constructor(variant: ScramVariant, context: SaslServerContext, nonce: string = makeNonce()) {
    this.#variant = variant;
    this.#context = context;
    this.#nonce = nonce;
  }

  async next(response: Uint8Array | null): Promise<SaslServerStep> {
    // The client speaks first, and is asked for it after an AUTH command without a response.
    if (response === null) return { kind: "challenge", bytes: EMPTY };
    const next = this.#next;
    this.#next = () => malformed("The exchange is over");
    return await next(response);
  }

  async #begin(response: Uint8Array): Promise<SaslServerStep> {
    const first = parseClientFirst(response);
    if (first === null) {
      return malformed("A first message of SCRAM has a header, a name and a nonce");
    }
    const problem = this.#checkFlag(first.flag);
    if (problem !== null) return problem;
    const username = await saslPrep(first.username, "query");
    if (!username || !isIdentity(username)) return { kind: "refused" };
    const authzid = first.authzid === null ? null : await saslPrep(first.authzid, "query");
    // As in PLAIN, to act as oneself is all there is.
    if (first.authzid !== null && authzid !== username) return { kind: "refused" };
    const { hash } = this.#variant;
    const answer = await this.#context.login({ username, password: null, token: null, authzid });
    const verifier = await Verifier.of(hash, this.#context, username, answer);
    const nonce = first.nonce + this.#nonce;
    const { salt, iterations } = verifier.price;
    const text = `r=${nonce},s=${encodeBase64(salt)},i=${iterations}`;
    this.#next = (next) => this.#check(next, { first, text, nonce, username, verifier });
    return { kind: "challenge", bytes: encodeUtf8(text) };
  }

  #checkFlag(flag: string): SaslServerStep | null {
    const { binds } = this.#variant;
    const { channelBinding, offersBinding } = this.#context;
    const name = nameOf(this.#variant);
    if (binds && channelBinding === null) return { kind: "unavailable" };
    if (binds && flag !== `p=${BINDING}`) return malformed(`${name} needs p=${BINDING}`);
    if (!binds && flag.startsWith("p=")) return malformed(`${name} has no channel binding`);
    // The client could bind, but was told that we cannot: somebody has changed what we offered (RFC 5802 section 6).
    if (flag === "y" && offersBinding) {
      return malformed("Channel binding is offered, and something in between has hidden it");
    }
    return null;
  }

  async #check(response: Uint8Array, exchange: ServerState): Promise<SaslServerStep> {
    const { first, text, nonce, username, verifier } = exchange;
    const final = parseClientFinal(response);
    if (final === null) {
      return malformed("A last message of SCRAM has a binding, a nonce and a proof");
    }
    if (final.nonce !== nonce) return malformed("The nonce is not that of this exchange");
    const bound = this.#variant.binds ? this.#context.channelBinding ?? EMPTY : EMPTY;
    const binding = concat([encodeUtf8(first.header), bound]);
    if (encodeBase64(final.binding) !== encodeBase64(binding)) return { kind: "refused" };
    const message = encodeUtf8(`${first.bare},${text},${final.withoutProof}`);
    const result = await verifier.check(message, final.proof);
    if ("kind" in result) return result;
    this.#next = (next) =>
      next.length === 0
        ? { kind: "accepted", username }
        : malformed("The server's last message is answered by an empty one");
    return { kind: "challenge", bytes: encodeUtf8(`v=${encodeBase64(result)}`) };
  }
}

/** What the server remembers of an exchange until the proof comes. */
interface ServerState {
  readonly first: ClientFirst;
  readonly text: string;
  readonly nonce: string;
  readonly username: string;
  readonly verifier: Verifier;
}
