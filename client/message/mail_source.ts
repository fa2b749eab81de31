/**
 * Where the octets of a message come from: a file, a stream, bytes, or an object that yields them.
 *
 * @module
 */

import { EMPTY, encodeUtf8 } from "../../session/wire/bytes.ts";
import { show } from "../checks.ts";

/** How much is read at a time, in octets. */
const BLOCK = 64 * 1024;

/** An object that yields the octets of a message, in one of the ways in which many do. */
export type MailLike =
  | { stream(): ReadableStream<Uint8Array> }
  | { bytes(): Uint8Array | Promise<Uint8Array> }
  | { readonly readable: ReadableStream<Uint8Array> }
  | { readonly raw: Uint8Array | string };

/**
 * A whole message in the format of [RFC 5322](https://www.rfc-editor.org/rfc/rfc5322) (which was RFC 822): a text, which
 * is sent as UTF-8; octets, which must not change meanwhile; a stream of octets; a `Blob`, a `Response`, a file or another
 * object with a method `stream()` or `bytes()` or a property `readable` or `raw`.
 */
export type Mail = string | Uint8Array | ReadableStream<Uint8Array> | MailLike;

/** A message that can be read. */
export interface MailSource {
  /** Whether it can be opened more than once; known once it was opened. */
  readonly repeatable: boolean;
  /**
   * Begins to read.
   *
   * @returns The reader; the octets themselves where they are in memory.
   */
  open(): MailReader | Uint8Array | Promise<MailReader | Uint8Array>;
}

/** The octets of a message, piece by piece. */
export interface MailReader {
  /**
   * Reads the next piece.
   *
   * @returns What is in memory, and stays; or the promise of a view that holds until the next call. Null at the end.
   */
  next(): Uint8Array | null | Promise<Uint8Array | null>;
  /** Lets go of what is behind it; what was not read is lost. Never throws, and waits for nothing. */
  close(): void;
}

/**
 * Finds out how to read a mail.
 *
 * @param mail The mail.
 * @returns Its source.
 * @throws {TypeError} If it is nothing that yields octets.
 */
export function mailSource(mail: Mail): MailSource {
  if (typeof mail === "string") return bytesSource(encode(mail));
  if (mail instanceof Uint8Array) return bytesSource(plain(mail));
  if (mail instanceof ReadableStream) return streamSource(mail);
  if (typeof mail !== "object" || mail === null) throw notAMail(mail);
  const like: Readonly<Record<string, unknown>> = { ...pick(mail) };
  if (mail instanceof Blob) return { repeatable: true, open: () => streamReader(mail.stream()) };
  if (typeof like.stream === "function") return streamSource(like.stream.call(mail));
  if (typeof like.bytes === "function") return promisedSource(like.bytes.call(mail));
  if (like.readable instanceof ReadableStream) return streamSource(like.readable);
  if (typeof like.raw === "string") return bytesSource(encode(like.raw));
  if (like.raw instanceof Uint8Array) return bytesSource(plain(like.raw));
  throw notAMail(mail);
}

/**
 * Reads a message from a file.
 *
 * @param path The file; a relative path is relative to the working directory.
 * @returns Its source.
 */
export function fileSource(path: string | URL): MailSource {
  const source = {
    repeatable: true,
    async open(): Promise<MailReader | Uint8Array> {
      const { isFile, size } = await Deno.stat(path);
      if (isFile && size <= BLOCK) return await Deno.readFile(path);
      // A pipe has one end and no beginning.
      source.repeatable = isFile;
      return fileReader(await Deno.open(path, { read: true }));
    },
  };
  return source;
}

/**
 * Reads a message from a stream.
 *
 * @param stream The stream; nobody else may read from it.
 * @returns Its source.
 * @throws {TypeError} If it is no stream, or somebody else reads from it.
 */
export function streamSource(stream: ReadableStream<Uint8Array>): MailSource {
  if (!(stream instanceof ReadableStream)) {
    throw new TypeError(`Cannot send: the stream must be a ReadableStream, got ${show(stream)}`);
  }
  if (stream.locked) {
    throw new TypeError("Cannot send: the stream must not be locked, got one that is");
  }
  return { repeatable: false, open: () => streamReader(stream) };
}

/** The members that count, each read once. */
function pick(mail: object): Record<string, unknown> {
  const { stream, bytes, readable, raw } = mail as Record<string, unknown>;
  return { stream, bytes, readable, raw };
}

function notAMail(mail: unknown): TypeError {
  const keys = typeof mail === "object" && mail !== null
    ? `an object with ${Object.keys(mail).slice(0, 10).map(show).join(", ") || "no keys"}`
    : show(mail);
  return new TypeError(
    "Cannot send: a mail must be a whole message (RFC 5322) as a string, a Uint8Array, a ReadableStream, a Blob, or an " +
      `object with a method "stream()" or "bytes()" or a property "readable" or "raw", got ${keys}`,
  );
}

function encode(text: string): Uint8Array {
  try {
    return encodeUtf8(text);
  } catch (cause) {
    throw new TypeError("Cannot send: the mail must be a well-formed text, got a lone surrogate", {
      cause,
    });
  }
}

/** The same octets, but not as a Buffer of Node's, whose slice() does not copy: a piece may be used again. */
function plain(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return EMPTY;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function bytesSource(bytes: Uint8Array): MailSource {
  return { repeatable: true, open: () => bytes };
}

function promisedSource(promise: unknown): MailSource {
  // Made once: a second call could yield another mail.
  const bytes = Promise.resolve(promise).then((value) => {
    if (value instanceof Uint8Array) return plain(value);
    throw new TypeError(`Cannot send: "bytes()" must yield a Uint8Array, got ${show(value)}`);
  });
  bytes.catch(() => {}); // open() tells of it
  return { repeatable: true, open: () => bytes };
}

/**
 * Reads what is in memory, in pieces of a size to be written.
 *
 * @param bytes The octets.
 * @returns The reader.
 */
export function bytesReader(bytes: Uint8Array): MailReader {
  let at = 0;
  return {
    next(): Uint8Array | null {
      const piece = bytes.subarray(at, at + BLOCK);
      at += piece.length;
      return piece.length === 0 ? null : piece;
    },
    close: () => {},
  };
}

function streamReader(stream: ReadableStream<Uint8Array>): MailReader {
  const reader = stream.getReader();
  return {
    async next(): Promise<Uint8Array | null> {
      const { done, value } = await reader.read();
      if (done) return null;
      if (value instanceof Uint8Array) return plain(value);
      throw new TypeError(`Cannot send: the stream must yield Uint8Arrays, got ${show(value)}`);
    },
    close(): void {
      reader.cancel().catch(() => {}); // one that failed has nothing to let go of
      reader.releaseLock();
    },
  };
}

function fileReader(file: Deno.FsFile): MailReader {
  const buffer = new Uint8Array(BLOCK);
  return {
    async next(): Promise<Uint8Array | null> {
      const count = await file.read(buffer);
      return count === null ? null : buffer.subarray(0, count);
    },
    close: () => file.close(),
  };
}
