/**
 * EXTERNAL ([RFC 4422, appendix A](https://www.rfc-editor.org/rfc/rfc4422#appendix-A)): who the client is has been proved
 * before, here by its certificate in the TLS handshake. All that is said is whom it wants to act as.
 *
 * @module
 */

import { decodeUtf8, NUL } from "../wire/bytes.ts";
import { encodeAuthzid, isIdentity, loginByPassword, malformed } from "./identity.ts";
import type {
  SaslCredentials,
  SaslMechanism,
  SaslServerContext,
  SaslServerExchange,
  SaslServerStep,
} from "./mechanism.ts";
import { SingleResponse } from "./single_response.ts";

/** EXTERNAL: the client's certificate has said it all. */
export const EXTERNAL: SaslMechanism = {
  name: "EXTERNAL",
  plaintext: false,
  needs: "certificate",
  client: (credentials) => new SingleResponse("EXTERNAL", response(credentials)),
  server: (context) => new ExternalServer(context),
};

/** Empty where the client names nobody: the server knows from the certificate who it is. */
function response({ authzid, username }: SaslCredentials): Uint8Array {
  return encodeAuthzid(authzid ?? username);
}

class ExternalServer implements SaslServerExchange {
  readonly #context: SaslServerContext;

  constructor(context: SaslServerContext) {
    this.#context = context;
  }

  async next(response: Uint8Array | null): Promise<SaslServerStep> {
    if (response === null) return { kind: "challenge", bytes: new Uint8Array() };
    const username = response.includes(NUL) ? null : decodeUtf8(response);
    if (username === null) return malformed("The name to act as is not UTF-8 without NUL");
    // Nobody is asked without a certificate that was verified: a handler need not check that there is one.
    if (this.#context.certificate === null || !isIdentity(username)) return { kind: "refused" };
    return await loginByPassword(this.#context, {
      username,
      password: null,
      token: null,
      authzid: username || null,
    });
  }
}
