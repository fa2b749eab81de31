/**
 * The client's half of the mechanisms that have a single response: all that there is to say is in it, and the server
 * answers with its verdict.
 *
 * @module
 */

import { challengeError } from "./identity.ts";
import type { SaslClientExchange } from "./mechanism.ts";

/** A client that says one thing. */
export class SingleResponse implements SaslClientExchange {
  readonly #name: string;
  readonly #response: Uint8Array;
  readonly #onError: Uint8Array | null;
  #state: "new" | "said" | "asked" | "refused" = "new";

  /**
   * Makes the client's half of one exchange.
   *
   * @param name The name of the mechanism.
   * @param response What there is to say.
   * @param onError The answer to a challenge that tells of an error; null in a mechanism that has no such challenge.
   */
  constructor(name: string, response: Uint8Array, onError: Uint8Array | null = null) {
    this.#name = name;
    this.#response = response;
    this.#onError = onError;
  }

  initial(): Uint8Array {
    this.#state = "said";
    return this.#response;
  }

  respond(challenge: Uint8Array): Uint8Array {
    if (this.#state === "refused") throw challengeError(this.#name, "a challenge after its error");
    if (challenge.length > 0 && this.#onError !== null) {
      this.#state = "refused";
      return this.#onError;
    }
    if (this.#state === "asked") throw challengeError(this.#name, "a second challenge");
    if (challenge.length > 0) throw challengeError(this.#name, "a challenge that is not empty");
    this.#state = "asked";
    return this.#response;
  }

  get complete(): boolean {
    return this.#state === "said" || this.#state === "asked";
  }
}
