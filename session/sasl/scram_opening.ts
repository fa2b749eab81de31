/**
 * What an exchange of SCRAM begins with: the variant, and the client's first message
 * ([RFC 5802, section 5](https://www.rfc-editor.org/rfc/rfc5802#section-5)).
 *
 * @module
 */

import { encodeSaslName } from "./gs2.ts";
import { encodeAuthzid, encodeCredential, encodeUsername } from "./identity.ts";
import type { SaslCredentials } from "./mechanism.ts";
import { saslPrep } from "./saslprep.ts";
import type { ScramHash } from "./stored_key.ts";

/** One of the family of SCRAM. */
export interface ScramVariant {
  /** The hash. */
  readonly hash: ScramHash;
  /** Whether it is the `-PLUS` form. */
  readonly binds: boolean;
}

/** How an exchange is bound ([RFC 5929, section 4](https://www.rfc-editor.org/rfc/rfc5929#section-4)). */
export const BINDING = "tls-server-end-point";

/**
 * The name of a variant.
 *
 * @param variant The variant.
 * @returns Its registered name.
 */
export function nameOf({ hash, binds }: ScramVariant): string {
  return binds ? `${hash.mechanism}-PLUS` : hash.mechanism;
}

/** What a client's exchange begins with. */
export interface Opening {
  /** The header of the first message: how the exchange is bound, and whom the client acts as. */
  readonly header: string;
  /** The rest of the first message. */
  readonly bare: string;
  /** The password, prepared. */
  readonly password: string;
}

/**
 * Prepares who to authenticate as.
 *
 * @param variant Which of the family.
 * @param credentials Who.
 * @param nonce The client's nonce.
 * @returns What the exchange begins with.
 * @throws {TypeError} If the credentials cannot be said, or there is no channel to bind to.
 */
export async function open(
  variant: ScramVariant,
  credentials: SaslCredentials,
  nonce: string,
): Promise<Opening> {
  const flag = flagOf(variant, credentials);
  const username = await prepare("username", credentials.username);
  encodeUsername(username);
  const authzid = await prepare("authzid", credentials.authzid ?? "");
  encodeAuthzid(authzid);
  const password = await prepare("password", credentials.password);
  const actAs = authzid === "" ? "" : `a=${encodeSaslName(authzid)}`;
  return {
    header: `${flag},${actAs},`,
    bare: `n=${encodeSaslName(username)},r=${nonce}`,
    password,
  };
}

function flagOf(variant: ScramVariant, { channelBinding, offered }: SaslCredentials): string {
  if (!variant.binds) {
    // "y" says: I could, but was told that the server cannot. Where that was a lie, the server knows (RFC 5802 section 6).
    const bindable = offered.some((name) => name.startsWith("SCRAM-") && name.endsWith("-PLUS"));
    return channelBinding === null || bindable ? "n" : "y";
  }
  if (channelBinding !== null) return `p=${BINDING}`;
  throw new TypeError(
    `Cannot authenticate by ${
      nameOf(variant)
    }: the connection must have a channel binding, got none`,
  );
}

async function prepare(
  what: "username" | "authzid" | "password",
  text: string,
): Promise<string> {
  encodeCredential(what, text);
  const prepared = await saslPrep(text, what === "password" ? "stored" : "query");
  if (prepared !== null) return prepared;
  throw new TypeError(
    `Cannot authenticate by SCRAM: "${what}" must not hold what SASLprep (RFC 4013) prohibits`,
  );
}
