/**
 * XOAUTH2, which Google and Microsoft have had before there was OAUTHBEARER, and still ask for
 * ([Google's description](https://developers.google.com/workspace/gmail/imap/xoauth2-protocol)).
 *
 * @module
 */

import { concat, EMPTY, encodeUtf8 } from "../wire/bytes.ts";
import { encodeUsername } from "./identity.ts";
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

/** XOAUTH2: a name and a token, as they are. */
export const XOAUTH2: SaslMechanism = {
  name: "XOAUTH2",
  plaintext: true,
  needs: "token",
  // A client that has got an error answers with an empty line.
  client: (credentials) => new SingleResponse("XOAUTH2", message(credentials), EMPTY),
  server: (context) => new OAuthServer(context, parse, { status: "401", schemes: "bearer" }),
};

function message({ username, token }: SaslCredentials): Uint8Array {
  return concat([
    encodeUtf8("user="),
    encodeUsername(username),
    encodeUtf8(`${FIELD_END}${tokenField(token)}`),
  ]);
}

function parse(response: Uint8Array): OAuthLogin | string {
  const [user, ...fields] = splitFields(response) ?? [""];
  const token = findToken(fields);
  if (!user.startsWith("user=") || user.length === 5 || token === null) {
    return "An XOAUTH2 response has the fields user and auth=Bearer";
  }
  return { username: user.slice(5), token, authzid: null };
}
