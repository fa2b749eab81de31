/**
 * The messages of SCRAM, as text ([RFC 5802, section 7](https://www.rfc-editor.org/rfc/rfc5802#section-7)): attributes of
 * one letter in a fixed order, then such as nobody has to know. The signatures are over the text as it was sent, so it is
 * kept as it came.
 *
 * @module
 */

import { decodeBase64 } from "../wire/base64.ts";
import {
  COMMA,
  decodeUtf8,
  DEL,
  encodeUtf8,
  isLetter,
  parseDecimalText,
  SP,
} from "../wire/bytes.ts";
import { decodeSaslName } from "./gs2.ts";

/** The longest nonce that is taken from a peer, in characters. */
const MAX_NONCE = 512;

/** The client's first message. */
export interface ClientFirst {
  /** The header: the flag and the name to act as, each with its comma. */
  readonly header: string;
  /** `n`: the client binds to nothing; `y`: it would, but thinks that the server cannot; or `p=` and the kind of binding. */
  readonly flag: string;
  /** The name to act as; null where there is none. */
  readonly authzid: string | null;
  /** What follows the header. */
  readonly bare: string;
  /** The name to authenticate by. */
  readonly username: string;
  /** The client's nonce. */
  readonly nonce: string;
}

/** The server's first message. */
export interface ServerFirst {
  /** The message as it came. */
  readonly text: string;
  /** The nonces of both ends. */
  readonly nonce: string;
  /** The salt. */
  readonly salt: Uint8Array;
  /** How often the password is to be hashed, 1 to 9,999,999,999. */
  readonly iterations: number;
}

/** The client's last message. */
export interface ClientFinal {
  /** The message up to the proof. */
  readonly withoutProof: string;
  /** The header of the first message, and what the exchange is bound to. */
  readonly binding: Uint8Array;
  /** The nonces of both ends. */
  readonly nonce: string;
  /** The proof that the password is known. */
  readonly proof: Uint8Array;
}

/**
 * Reads the client's first message.
 *
 * @param bytes The message.
 * @returns Its parts; null where it is malformed, or wants an extension understood.
 */
export function parseClientFirst(bytes: Uint8Array): ClientFirst | null {
  const text = decode(bytes);
  const first = text.indexOf(",");
  const second = text.indexOf(",", first + 1);
  if (first < 0 || second < 0) return null;
  const flag = text.slice(0, first);
  if (flag !== "n" && flag !== "y" && !(flag.startsWith("p=") && flag.length > 2)) return null;
  const authzid = parseAuthzid(text.slice(first + 1, second));
  const bare = text.slice(second + 1);
  const [name, nonce] = attributes(bare, "nr") ?? [];
  const username = name === undefined ? null : decodeSaslName(name);
  if (authzid === undefined || username === null || !isNonce(nonce)) return null;
  return { header: text.slice(0, second + 1), flag, authzid, bare, username, nonce };
}

/**
 * Reads the server's first message.
 *
 * @param bytes The message.
 * @returns Its parts; null where it is malformed, or wants an extension understood.
 */
export function parseServerFirst(bytes: Uint8Array): ServerFirst | null {
  const text = decode(bytes);
  const [nonce, salted, count] = attributes(text, "rsi") ?? [];
  if (!isNonce(nonce) || count.startsWith("0")) return null;
  const salt = decodeBase64(encodeUtf8(salted));
  const iterations = parseDecimalText(count, 10);
  return salt === null || iterations < 0 ? null : { text, nonce, salt, iterations };
}

/**
 * Reads the client's last message.
 *
 * @param bytes The message.
 * @returns Its parts; null where it is malformed, or wants an extension understood.
 */
export function parseClientFinal(bytes: Uint8Array): ClientFinal | null {
  const text = decode(bytes);
  const at = text.lastIndexOf(",p=");
  if (at < 0) return null;
  const withoutProof = text.slice(0, at);
  const [bound, nonce] = attributes(withoutProof, "cr") ?? [];
  if (!isNonce(nonce)) return null;
  const binding = decodeBase64(encodeUtf8(bound));
  const proof = decodeBase64(encodeUtf8(text.slice(at + 3)));
  return binding === null || proof === null ? null : { withoutProof, binding, nonce, proof };
}

/**
 * Reads the server's last message.
 *
 * @param bytes The message.
 * @returns The server's signature, or `"error"` where it names one instead; null where the message is malformed.
 */
export function parseServerFinal(bytes: Uint8Array): Uint8Array | "error" | null {
  const text = decode(bytes);
  if (attributes(text, "e") !== null) return "error";
  const [signature] = attributes(text, "v") ?? [];
  return signature === undefined ? null : decodeBase64(encodeUtf8(signature));
}

/** Null where there is none, undefined where it is malformed. */
function parseAuthzid(text: string): string | null | undefined {
  if (text === "") return null;
  if (!text.startsWith("a=") || text.length === 2) return undefined;
  return decodeSaslName(text.slice(2)) ?? undefined;
}

/** The text of a message; empty, which no message is, where it is not UTF-8 without NUL. */
function decode(bytes: Uint8Array): string {
  return bytes.includes(0) ? "" : decodeUtf8(bytes) ?? "";
}

/**
 * The values of the attributes that a message begins with; null where others come first, or one that must be understood
 * (`m`) comes at all. Further ones are passed over (RFC 5802 section 5.1).
 */
function attributes(text: string, letters: string): string[] | null {
  const parts = text.split(",");
  if (parts.length < letters.length) return null;
  for (const [i, part] of parts.entries()) {
    if (part.length < 3 || part[1] !== "=" || !isLetter(part.charCodeAt(0))) return null;
    if (i < letters.length ? part[0] !== letters[i] : part[0] === "m") return null;
  }
  return parts.slice(0, letters.length).map((part) => part.slice(2));
}

/** A nonce is visible ASCII without a comma. */
function isNonce(text: string | undefined): text is string {
  if (text === undefined || text.length > MAX_NONCE) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= SP || code >= DEL || code === COMMA) return false;
  }
  return true;
}
