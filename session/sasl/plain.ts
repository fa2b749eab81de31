/**
 * PLAIN ([RFC 4616](https://www.rfc-editor.org/rfc/rfc4616)): name and password in one message.
 *
 * @module
 */

import { concat, decodeUtf8, NUL } from "../wire/bytes.ts";
import {
  challengeError,
  decodeIdentity,
  encodeCredential,
  encodeUsername,
  loginByPassword,
  malformed,
} from "./identity.ts";
import type {
  ClientCredentials,
  ClientExchange,
  Mechanism,
  ServerContext,
  ServerExchange,
  ServerStep,
} from "./mechanism.ts";

/** PLAIN: name and password in one message, as they are. */
export const PLAIN: Mechanism = {
  name: "PLAIN",
  plaintext: true,
  client: (credentials) => new PlainClient(credentials),
  server: (context) => new PlainServer(context),
};

class PlainClient implements ClientExchange {
  readonly #message: Uint8Array;
  #complete = false;
  #answered = false;

  constructor({ username, password }: ClientCredentials) {
    const nul = Uint8Array.of(NUL);
    this.#message = concat([
      nul,
      encodeUsername(username),
      nul,
      encodeCredential("password", password),
    ]);
  }

  initial(): Uint8Array {
    this.#complete = true;
    return this.#message;
  }

  respond(challenge: Uint8Array): Uint8Array {
    if (this.#answered) throw challengeError("PLAIN", "a second challenge");
    if (challenge.length > 0) throw challengeError("PLAIN", "a challenge that is not empty");
    this.#answered = true;
    this.#complete = true;
    return this.#message;
  }

  get complete(): boolean {
    return this.#complete;
  }
}

class PlainServer implements ServerExchange {
  readonly #context: ServerContext;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  async next(response: Uint8Array | null): Promise<ServerStep> {
    if (response === null) return { kind: "challenge", bytes: new Uint8Array() };
    const parts = split(response);
    if (parts === null) return malformed("A PLAIN response has three parts");
    const identity = decodeIdentity(parts.authcid);
    if ("step" in identity) return identity.step;
    const password = decodeUtf8(parts.password);
    const authzid = decodeUtf8(parts.authzid);
    if (password === null) return malformed("The password is not UTF-8");
    if (authzid === null) return malformed("The name to act as is not UTF-8");
    const { username } = identity;
    // No handler can grant one account the rights of another, so that to act as oneself is all there is (RFC 4616 2).
    if (authzid !== "" && authzid !== username) return { kind: "refused" };
    const request = { username, password, authzid: authzid === "" ? null : authzid };
    return await loginByPassword(this.#context, request);
  }
}

interface PlainParts {
  readonly authzid: Uint8Array;
  readonly authcid: Uint8Array;
  readonly password: Uint8Array;
}

/** Cuts a response at its two NULs; null where there are fewer or more. */
function split(response: Uint8Array): PlainParts | null {
  const first = response.indexOf(NUL);
  const second = first < 0 ? -1 : response.indexOf(NUL, first + 1);
  if (second < 0 || response.includes(NUL, second + 1)) return null;
  return {
    authzid: response.subarray(0, first),
    authcid: response.subarray(first + 1, second),
    password: response.subarray(second + 1),
  };
}
