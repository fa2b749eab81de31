/**
 * The message as a handler reads it.
 *
 * @module
 */

// User code in a worker may replace these later.
const { fromCharCode } = String;
const { apply } = Reflect;

/** How many octets become text at a time; a call takes a bounded number of arguments. */
const STEP = 8_192;

/**
 * Puts the pieces of a message together.
 *
 * @param pieces The pieces.
 * @returns One piece, in a buffer of its own: those of the pieces are used again for other messages.
 */
export function joinBody(pieces: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (let i = 0; i < pieces.length; i++) size += pieces[i].length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    whole.set(pieces[i], at);
    at += pieces[i].length;
  }
  return whole;
}

/**
 * Makes text of a message, without losing anything of it.
 *
 * @param bytes The message.
 * @returns Its text: UTF-8 where all of it is valid UTF-8 (a byte order mark is kept), else one character for each octet.
 */
export function decodeMessage(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not "latin1": the decoder of that name is windows-1252, and changes 0x80 to 0x9f.
    let text = "";
    for (let at = 0; at < bytes.length; at += STEP) {
      text += apply(fromCharCode, null, bytes.subarray(at, at + STEP));
    }
    return text;
  }
}
