/**
 * OAUTHBEARER ([RFC 7628](https://www.rfc-editor.org/rfc/rfc7628)): a token of OAuth 2.0 instead of a password.
 *
 * @module
 */

import { ascii, encodeUtf8 } from "../wire/bytes.ts";
import { decodeSaslName, encodeSaslName } from "./gs2.ts";
import { encodeAuthzid } from "./identity.ts";
import type { SaslCredentials, SaslMechanism } from "./mechanism.ts";
import {
  FIELD_END,
  findToken,
  type OAuthLogin,
  OAuthServer,
  splitFields,
  tokenField,
} from "./oauth.ts";
import { SingleResponse } from "./single_response.ts";

/** OAUTHBEARER: a token, as it is. */
export const OAUTHBEARER: SaslMechanism = {
  name: "OAUTHBEARER",
  plaintext: true,
  needs: "token",
  // RFC 7628 section 3.2.3: a client that has got an error answers with one %x01.
  client: (credentials) =>
    new SingleResponse("OAUTHBEARER", message(credentials), ascii(FIELD_END)),
  server: (context) => new OAuthServer(context, parse, { status: "invalid_token" }),
};

function message({ username, authzid, token, host, port }: SaslCredentials): Uint8Array {
  const name = authzid ?? username;
  encodeAuthzid(name);
  const header = name === "" ? "n,," : `n,a=${encodeSaslName(name)},`;
  return encodeUtf8(
    [header, `host=${host}`, `port=${port}`, tokenField(token)].join(FIELD_END),
  );
}

function parse(response: Uint8Array): OAuthLogin | string {
  const [header, ...fields] = splitFields(response) ?? [""];
  const username = authzid(header);
  const token = findToken(fields);
  if (username === null) return "An OAUTHBEARER response begins with n, or y, and whom to act as";
  if (token === null) return "An OAUTHBEARER response has key=value fields, one auth=Bearer";
  return { username, token, authzid: username || null };
}

/** Reads the header of RFC 5801 section 4: no channel binding, and whom to act as; empty where it does not say. */
function authzid(header: string): string | null {
  if (header === "n,," || header === "y,,") return "";
  const named = header.startsWith("n,a=") || header.startsWith("y,a=");
  if (!named || !header.endsWith(",") || header.length < 6) return null;
  return decodeSaslName(header.slice(4, -1));
}
