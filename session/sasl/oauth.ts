/**
 * What the two mechanisms for OAuth 2.0 share: fields that end in `%x01`, a bearer token among them
 * ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)), and a refusal in two steps: an error in JSON, then, whatever the
 * client answers, 535.
 *
 * @module
 */

import { ascii, decodeUtf8, upperAscii } from "../wire/bytes.ts";
import { isIdentity, loginByPassword, malformed } from "./identity.ts";
import type { SaslServerContext, SaslServerExchange, SaslServerStep } from "./mechanism.ts";

/** The octet that ends a field. */
export const FIELD_END = "\x01";

const SCHEME = "BEARER ";

/** What a client has said by one of the mechanisms. */
export interface OAuthLogin {
  /** Whose mailbox it is; empty where the client left it to the token. */
  readonly username: string;
  /** The token. */
  readonly token: string;
  /** The name that the client wants to act as; null where the mechanism has none, or it named none. */
  readonly authzid: string | null;
}

/**
 * The field with the token, as both mechanisms end with it.
 *
 * @param token The token.
 * @returns The field, its end, and the end of the message.
 * @throws {TypeError} If there is no token, or it is none by RFC 6750; no part of it reaches the error.
 */
export function tokenField(token: string | null): string {
  if (token === null) throw new TypeError('Cannot authenticate: set "token" first');
  if (!isToken(token)) {
    throw new TypeError(
      'Cannot authenticate: "token" must be letters, digits and -._~+/, and may end with =, got another text',
    );
  }
  return `auth=Bearer ${token}${FIELD_END}${FIELD_END}`;
}

/**
 * Cuts a message into its fields.
 *
 * @param response The octets as they came.
 * @returns What stands before each `%x01`; null where it is not UTF-8, or does not end with two of them.
 */
export function splitFields(response: Uint8Array): string[] | null {
  const fields = decodeUtf8(response)?.split(FIELD_END) ?? [];
  const ended = fields.length > 2 && fields.pop() === "" && fields.pop() === "";
  return ended ? fields : null;
}

/**
 * Finds the token in `key=value` fields. What else is there, such as host and port, is checked for its form and not used.
 *
 * @param fields The fields.
 * @returns The token; null where there is not exactly one, or a field is none.
 */
export function findToken(fields: readonly string[]): string | null {
  let found: string | null = null;
  for (const field of fields) {
    const at = field.indexOf("=");
    if (at < 1 || !isKey(field.slice(0, at)) || !isValue(field, at + 1)) return null;
    if (field.slice(0, at) !== "auth") continue;
    const token = bearer(field.slice(at + 1));
    if (token === null || found !== null) return null;
    found = token;
  }
  return found;
}

/** The server's half of both. */
export class OAuthServer implements SaslServerExchange {
  readonly #context: SaslServerContext;
  readonly #parse: (response: Uint8Array) => OAuthLogin | string;
  readonly #error: Uint8Array;

  /**
   * Makes the server's half of one exchange.
   *
   * @param context What it may ask of the server.
   * @param parse Reads the message; what is wrong with it, where it is none.
   * @param error What a client is told whose token does not hold, in JSON.
   */
  constructor(
    context: SaslServerContext,
    parse: (response: Uint8Array) => OAuthLogin | string,
    error: Readonly<Record<string, string>>,
  ) {
    this.#context = context;
    this.#parse = parse;
    this.#error = ascii(JSON.stringify(error));
  }

  /**
   * Takes the client's response.
   *
   * @param response The decoded octets; null for an AUTH command without an initial response.
   * @returns What to answer.
   */
  async next(response: Uint8Array | null): Promise<SaslServerStep> {
    if (response === null) return { kind: "challenge", bytes: new Uint8Array() };
    const login = this.#parse(response);
    if (typeof login === "string") return malformed(login);
    const step: SaslServerStep = isIdentity(login.username)
      ? await loginByPassword(this.#context, { ...login, password: null })
      : { kind: "refused" };
    if (step.kind !== "refused") return step;
    return { kind: "challenge", bytes: this.#error, refused: true };
  }
}

/** RFC 7628 section 3.1. */
function isKey(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i) | 0x20;
    if (letter < 0x61 || letter > 0x7a) return false;
  }
  return true;
}

/** RFC 7628 section 3.1: what can be seen, blanks and line ends. */
function isValue(text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const blank = code === 0x09 || code === 0x0a || code === 0x0d;
    if (code > 0x7e || code < 0x20 && !blank) return false;
  }
  return true;
}

/** RFC 6750 section 2.1; the scheme may be in any case (RFC 7235 section 2.1). */
function bearer(value: string): string | null {
  if (upperAscii(value.slice(0, SCHEME.length)) !== SCHEME) return null;
  let at = SCHEME.length;
  while (value[at] === " ") at++;
  const token = value.slice(at);
  return isToken(token) ? token : null;
}

/** The `b64token` of RFC 6750 section 2.1. */
function isToken(text: string): boolean {
  let end = text.length;
  while (end > 0 && text[end - 1] === "=") end--;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    const digitOrStop = code >= 0x2d && code <= 0x39;
    if (!letter && !digitOrStop && code !== 0x2b && code !== 0x5f && code !== 0x7e) return false;
  }
  return end > 0;
}
