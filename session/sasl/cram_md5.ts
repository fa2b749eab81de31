/**
 * CRAM-MD5 ([RFC 2195](https://www.rfc-editor.org/rfc/rfc2195)): the password never crosses the wire, but the server must
 * know it as it is. MD5 is weak: where there is TLS, nothing is won over PLAIN.
 *
 * @module
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ascii, concat, encodeUtf8, SP } from "../wire/bytes.ts";
import {
  challengeError,
  decodeIdentity,
  encodeCredential,
  encodeUsername,
  malformed,
} from "./identity.ts";
import type {
  LoginAnswer,
  SaslClientExchange,
  SaslCredentials,
  SaslMechanism,
  SaslServerContext,
  SaslServerExchange,
  SaslServerStep,
} from "./mechanism.ts";
import { isStoredKey } from "./stored_key.ts";

/** CRAM-MD5: the password stays where it is; both ends prove that they know it. */
export const CRAM_MD5: SaslMechanism = {
  name: "CRAM-MD5",
  plaintext: false,
  needs: "secret",
  client: (credentials) => new CramMd5Client(credentials),
  server: (context) => new CramMd5Server(context),
};

/** The longest challenge that a client answers, in octets; a message identifier is far shorter. */
const MAX_CHALLENGE = 1024;

const STORED =
  'Cannot check a login by CRAM-MD5: "secret" must be a password, got a key stored for SCRAM';

/** Octets of a digest: sixteen, each as two hexadecimal digits. */
const DIGEST = 32;

/**
 * The proof of CRAM-MD5 that a secret is known.
 *
 * @param secret The octets of the secret.
 * @param challenge The octets of the challenge.
 * @returns 32 octets: the keyed digest in hexadecimal, in lower case.
 */
function proof(secret: Uint8Array, challenge: Uint8Array): Uint8Array {
  return ascii(createHmac("md5", secret).update(challenge).digest("hex"));
}

class CramMd5Client implements SaslClientExchange {
  readonly #username: Uint8Array;
  readonly #password: Uint8Array;
  #complete = false;

  constructor({ username, password }: SaslCredentials) {
    this.#username = encodeUsername(username);
    this.#password = encodeCredential("password", password);
  }

  /** None: the server speaks first. */
  initial(): null {
    return null;
  }

  respond(challenge: Uint8Array): Uint8Array {
    if (this.#complete) throw challengeError("CRAM-MD5", "a second challenge");
    // A server that chooses an empty challenge gets a proof that it can use again and again.
    if (challenge.length === 0) throw challengeError("CRAM-MD5", "an empty challenge");
    if (challenge.length > MAX_CHALLENGE) {
      throw challengeError("CRAM-MD5", `a challenge of more than ${MAX_CHALLENGE} octets`);
    }
    this.#complete = true;
    return concat([this.#username, Uint8Array.of(SP), proof(this.#password, challenge)]);
  }

  get complete(): boolean {
    return this.#complete;
  }
}

/** The server's half of CRAM-MD5. Exported so that a test can give the challenge of a published example. */
export class CramMd5Server implements SaslServerExchange {
  readonly #context: SaslServerContext;
  readonly #challenge: Uint8Array;
  #state: "new" | "challenged" | "ended" = "new";

  /**
   * Begins an exchange.
   *
   * @param context What it may ask of the server.
   * @param challenge The challenge, a fresh one unless given.
   */
  constructor(context: SaslServerContext, challenge: Uint8Array = makeChallenge(context.hostname)) {
    this.#context = context;
    this.#challenge = challenge;
  }

  /**
   * Takes the client's response.
   *
   * @param response The decoded octets; null for an AUTH command without an initial response.
   * @returns What to answer.
   */
  async next(response: Uint8Array | null): Promise<SaslServerStep> {
    const state = this.#state;
    this.#state = response === null && state === "new" ? "challenged" : "ended";
    if (response === null && state === "new") return { kind: "challenge", bytes: this.#challenge };
    if (response === null || state !== "challenged") {
      return {
        kind: "malformed",
        text: "CRAM-MD5 takes no response before its challenge",
        code: "5.7.0",
      };
    }
    return await this.#prove(response);
  }

  async #prove(response: Uint8Array): Promise<SaslServerStep> {
    const at = response.length - DIGEST;
    if (at < 1 || response[at - 1] !== SP || !isDigest(response.subarray(at))) {
      return malformed("A CRAM-MD5 response is a name, a space and a digest");
    }
    const identity = decodeIdentity(response.subarray(0, at - 1));
    if ("step" in identity) return identity.step;
    const { username } = identity;
    const answer = await this.#context.login({
      username,
      password: null,
      token: null,
      authzid: null,
    });
    return this.#decide(username, answer, response.subarray(at));
  }

  #decide(username: string, answer: LoginAnswer, digest: Uint8Array): SaslServerStep {
    // A stored key is no password: as one, it would let in whoever has stolen it.
    const stored = answer.secret !== null && isStoredKey(answer.secret);
    // Without a secret it costs the same digest and comparison, and fails. An empty one, which everybody knows, counts
    // as none. The encoder never throws: what a handler says cannot end the connection.
    const secret = answer.secret && !stored
      ? new TextEncoder().encode(answer.secret)
      : randomBytes(16);
    const proved = timingSafeEqual(proof(secret, this.#challenge), digest);
    if (answer.authenticated === false) return { kind: "refused" };
    if (stored) return { kind: "unavailable", fault: STORED };
    // A verdict alone proves nothing here: the handler that gave it has seen no password.
    if (answer.secret === null) return { kind: "unavailable" };
    return proved ? { kind: "accepted", username } : { kind: "refused" };
  }
}

/** A message identifier that was never used before and cannot be guessed: 128 random bits. */
function makeChallenge(hostname: string): Uint8Array {
  return encodeUtf8(`<${randomBytes(16).toString("hex")}.${Date.now()}@${hostname}>`);
}

function isDigest(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x30 && byte <= 0x39 || byte >= 0x61 && byte <= 0x66);
}
