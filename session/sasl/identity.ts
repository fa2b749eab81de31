/**
 * What the mechanisms share: how a name or a password becomes octets, which octets are a name,
 * and what a verdict on a password that came means.
 *
 * @module
 */

import { SmtpError } from "../errors.ts";
import { decodeUtf8, encodeUtf8 } from "../wire/bytes.ts";
import { hasHidden } from "../wire/characters.ts";
import type { LoginRequest, SaslServerContext, SaslServerStep } from "./mechanism.ts";

/**
 * Encodes a name or a password as the mechanisms want it, in UTF-8.
 *
 * @param what Which of the credentials it is, for the error.
 * @param text The name or the password; no part of it reaches an error.
 * @returns The octets.
 * @throws {TypeError} If it holds NUL, which separates the parts of a response, or half of a surrogate pair,
 * which would be sent as another character.
 */
export function encodeCredential(
  what: "username" | "password" | "authzid",
  text: string,
): Uint8Array {
  if (text.includes("\0")) throw new TypeError(`Cannot authenticate: "${what}" must not hold NUL`);
  if (!text.isWellFormed()) {
    throw new TypeError(`Cannot authenticate: "${what}" must not hold a lone surrogate`);
  }
  return encodeUtf8(text);
}

/**
 * Encodes the name of an account, as {@linkcode encodeCredential} does.
 *
 * @param username The name.
 * @returns The octets.
 * @throws {TypeError} If it is empty, or holds what no server takes in a name.
 */
export function encodeUsername(username: string): Uint8Array {
  if (username === "") throw new TypeError('Cannot authenticate: "username" must not be empty');
  return encodeName("username", username);
}

/**
 * Encodes the name to act as, as {@linkcode encodeUsername} does, but that it may be empty.
 *
 * @param authzid The name.
 * @returns The octets.
 * @throws {TypeError} If it holds what no server takes in a name.
 */
export function encodeAuthzid(authzid: string): Uint8Array {
  return encodeName("authzid", authzid);
}

function encodeName(what: "username" | "authzid", name: string): Uint8Array {
  const bytes = encodeCredential(what, name);
  if (isIdentity(name)) return bytes;
  throw new TypeError(`Cannot authenticate: "${what}" must not hold control characters`);
}

/**
 * Whether a text can be the name of an account: no control character, nor one that cannot be seen or turns
 * the direction of what stands beside it. Such a name is made to deceive whoever reads it in a log.
 *
 * @param text The name.
 * @returns Whether it can be a name; the empty text can.
 */
export function isIdentity(text: string): boolean {
  return !hasHidden(text);
}

/** A name as it came: the name, or the step that answers what is none. */
export type Identity = { readonly username: string } | { readonly step: SaslServerStep };

/**
 * Decodes the name of an account.
 *
 * @param bytes The octets of the name.
 * @returns The name, or what to answer.
 */
export function decodeIdentity(bytes: Uint8Array): Identity {
  if (bytes.length === 0) return { step: malformed("The name is empty") };
  const username = decodeUtf8(bytes);
  if (username === null) return { step: malformed("The name is not UTF-8") };
  return isIdentity(username) ? { username } : { step: { kind: "refused" } };
}

/**
 * The step that answers a response that is none of this mechanism.
 *
 * @param text What is wrong with it; never holds a part of it.
 * @returns The step.
 */
export function malformed(text: string): SaslServerStep {
  return { kind: "malformed", text };
}

/**
 * Asks for a login with a password that came as it is. Only the handler's verdict counts.
 *
 * @param context Whom to ask.
 * @param request The login.
 * @returns What to answer.
 */
export async function loginByPassword(
  context: SaslServerContext,
  request: LoginRequest,
): Promise<SaslServerStep> {
  const { authenticated } = await context.login(request);
  if (authenticated === true) return { kind: "accepted", username: request.username };
  return { kind: authenticated === false ? "refused" : "unavailable" };
}

/**
 * The error of a client whose server sent a challenge that does not fit.
 *
 * @param mechanism The name of the mechanism.
 * @param problem What is wrong with the challenge; never holds a part of it.
 * @returns The error, of kind `"auth"`.
 */
export function challengeError(mechanism: string, problem: string): SmtpError {
  return new SmtpError("auth", `Cannot authenticate by ${mechanism}: the server sent ${problem}`);
}
