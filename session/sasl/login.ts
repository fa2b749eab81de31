/**
 * LOGIN ([draft-murchison-sasl-login](https://datatracker.ietf.org/doc/html/draft-murchison-sasl-login-00)):
 * the name, then the password, each in a response of its own. Obsolete, and still what some clients have.
 *
 * @module
 */

import { ascii, decodeUtf8, NUL } from "../wire/bytes.ts";
import {
  challengeError,
  decodeIdentity,
  encodeCredential,
  encodeUsername,
  loginByPassword,
  malformed,
} from "./identity.ts";
import type {
  SaslClientExchange,
  SaslCredentials,
  SaslMechanism,
  SaslServerContext,
  SaslServerExchange,
  SaslServerStep,
} from "./mechanism.ts";

/** LOGIN: the name, then the password, as they are. */
export const LOGIN: SaslMechanism = {
  name: "LOGIN",
  plaintext: true,
  needs: "password",
  client: (credentials) => new LoginClient(credentials),
  server: (context) => new LoginServer(context),
};

class LoginClient implements SaslClientExchange {
  readonly #responses: readonly Uint8Array[];
  #said = 0;

  constructor({ username, password }: SaslCredentials) {
    this.#responses = [encodeUsername(username), encodeCredential("password", password)];
  }

  /** None: many servers take no name with the command. */
  initial(): null {
    return null;
  }

  /** What the challenges say differs from server to server; only their order counts. */
  respond(_challenge: Uint8Array): Uint8Array {
    const response = this.#responses[this.#said];
    if (response === undefined) throw challengeError("LOGIN", "a third challenge");
    this.#said++;
    return response;
  }

  get complete(): boolean {
    return this.#said === this.#responses.length;
  }
}

class LoginServer implements SaslServerExchange {
  readonly #context: SaslServerContext;
  #username: string | null = null;

  constructor(context: SaslServerContext) {
    this.#context = context;
  }

  async next(response: Uint8Array | null): Promise<SaslServerStep> {
    if (response === null) return { kind: "challenge", bytes: ascii("Username:") };
    if (this.#username === null) return this.#takeUsername(response);
    const username = this.#username;
    this.#username = null;
    const password = response.includes(NUL) ? null : decodeUtf8(response);
    if (password === null) return malformed("The password is not UTF-8 without NUL");
    return await loginByPassword(this.#context, {
      username,
      password,
      token: null,
      authzid: null,
    });
  }

  #takeUsername(response: Uint8Array): SaslServerStep {
    const identity = decodeIdentity(response);
    if ("step" in identity) return identity.step;
    this.#username = identity.username;
    return { kind: "challenge", bytes: ascii("Password:") };
  }
}
