/**
 * PLAIN ([RFC 4616](https://www.rfc-editor.org/rfc/rfc4616)): name and password in one message.
 *
 * @module
 */

import { concat, decodeUtf8, NUL } from "../wire/bytes.ts";
import {
  decodeIdentity,
  encodeAuthzid,
  encodeCredential,
  encodeUsername,
  loginByPassword,
  malformed,
} from "./identity.ts";
import type {
  SaslCredentials,
  SaslMechanism,
  SaslServerContext,
  SaslServerExchange,
  SaslServerStep,
} from "./mechanism.ts";
import { SingleResponse } from "./single_response.ts";

/** PLAIN: name and password in one message, as they are. */
export const PLAIN: SaslMechanism = {
  name: "PLAIN",
  plaintext: true,
  needs: "password",
  client: (credentials) => new SingleResponse("PLAIN", message(credentials)),
  server: (context) => new PlainServer(context),
};

function message({ username, password, authzid }: SaslCredentials): Uint8Array {
  const nul = Uint8Array.of(NUL);
  return concat([
    encodeAuthzid(authzid ?? ""),
    nul,
    encodeUsername(username),
    nul,
    encodeCredential("password", password),
  ]);
}

class PlainServer implements SaslServerExchange {
  readonly #context: SaslServerContext;

  constructor(context: SaslServerContext) {
    this.#context = context;
  }

  async next(response: Uint8Array | null): Promise<SaslServerStep> {
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
    const request = { username, password, token: null, authzid: authzid || null };
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
