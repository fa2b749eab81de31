/**
 * SASLprep ([RFC 4013](https://www.rfc-editor.org/rfc/rfc4013)): one form for a name or a password that can be typed in
 * several, such as `ä` in one character or in two.
 *
 * SCRAM needs it at both ends, for only what comes of the password crosses the wire. In PLAIN and LOGIN the password
 * arrives, and the handler compares: it gets what was typed, and may prepare both sides itself (RFC 4616 section 2).
 * CRAM-MD5 knows no such step (RFC 2195).
 *
 * @module
 */

import { DEL, SP } from "../wire/bytes.ts";

/** The longest name outside ASCII, in characters: to bring many accents on one letter into order takes the square of their number. */
const LONGEST_NAME = 512;

/**
 * Prepares a name or a password. The library is loaded for a text outside ASCII alone: in ASCII nothing is mapped.
 *
 * @param text The text.
 * @param use `"stored"` for what is kept, or is compared with what is kept elsewhere: it must not hold code points that
 * Unicode 3.2 does not assign, as most emoji. `"query"` for what is looked up, such as a name that a client sends: it may
 * (RFC 3454 section 7), but must not be longer than any name is.
 * @returns The text in its one form, empty where nothing is left of it; null where it holds what is prohibited, or is too long.
 */
export async function saslPrep(text: string, use: "stored" | "query"): Promise<string | null> {
  const kind = survey(text);
  if (kind !== "beyond") return kind === "visible" ? text : null;
  if (use === "query" && text.length > LONGEST_NAME) return null;
  const { saslprep } = await import("@mongodb-js/saslprep");
  try {
    return saslprep(text, { allowUnassigned: use === "query" });
  } catch {
    return null;
  }
}

/** Whether a text is ASCII without control characters, ASCII with them, or goes beyond ASCII. */
function survey(text: string): "visible" | "control" | "beyond" {
  let kind: "visible" | "control" = "visible";
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > DEL) return "beyond";
    if (code < SP || code === DEL) kind = "control";
  }
  return kind;
}
