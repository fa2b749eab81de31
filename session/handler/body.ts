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

/** Takes the pieces of a message that are not needed any more. */
export type Dispose = (pieces: readonly Uint8Array[]) => void;

/** A message that a handler may read, and keeps once it has. */
export class HandlerBody {
  readonly #pieces: Uint8Array[];
  readonly #dispose: Dispose | null;
  #raw: Uint8Array | null = null;
  #msg: string | null = null;

  /**
   * Takes a message over.
   *
   * @param pieces Its pieces, at least one; the list is emptied once they are not needed any more.
   * @param dispose Told of the pieces just before.
   */
  constructor(pieces: Uint8Array[], dispose: Dispose | null) {
    this.#pieces = pieces;
    this.#dispose = dispose;
  }

  /** The octets, in a buffer of their own. */
  get raw(): Uint8Array {
    if (this.#raw === null) {
      if (this.#pieces.length === 0) {
        throw new Error(
          'Cannot read the message: its handler has ended; read "raw" or "msg" before it does',
        );
      }
      this.#raw = joinBody(this.#pieces);
      this.drop();
    }
    return this.#raw;
  }

  /** The text. */
  get msg(): string {
    this.#msg ??= decodeMessage(this.raw);
    return this.#msg;
  }

  /** From here on the pieces are used again, or gone. */
  drop(): void {
    this.#dispose?.(this.#pieces);
    this.#pieces.length = 0;
  }
}

/** Puts the pieces together, in a buffer of its own: theirs are used again for other messages. */
function joinBody(pieces: readonly Uint8Array[]): Uint8Array {
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

/** UTF-8 where all of it is valid UTF-8 (a byte order mark is kept), else one character for each octet: nothing is lost. */
function decodeMessage(bytes: Uint8Array): string {
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
