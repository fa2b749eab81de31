/**
 * A message made ready: its header read, its blind copies left out, its size known where it can be.
 *
 * @module
 */

import { isAscii } from "node:buffer";
import { abortable } from "../connection/abort.ts";
import { concat, EMPTY } from "../../session/wire/bytes.ts";
import { ContentMeter } from "./content_meter.ts";
import { envelopeFromHeader, type MessageEnvelope } from "./envelope.ts";
import { HeaderScanner, parseHeader, withoutBlindCopies } from "./header.ts";
import { bytesReader, type MailReader, type MailSource } from "./mail_source.ts";

/** A message that can be sent once. Whoever has it closes it. */
export interface Message {
  /** Who it is from and whom it goes to. */
  readonly envelope: MessageEnvelope;
  /** Its octets on the wire, without stuffed dots; null where they are not known in advance. */
  readonly size: number | null;
  /** Whether it has octets above 127; null where that is not known in advance. */
  readonly eightBit: boolean | null;
  /** Whether its header has octets above 127. */
  readonly utf8: boolean;
  /** Whether its octets are sent as they are, line ends too (RFC 3030, section 3). */
  readonly binary: boolean;
  /** All of it, where it is in memory. */
  readonly octets: Uint8Array | null;
  /** Its octets, as they were given but for the blind copies. */
  readonly reader: MailReader;
  /** Reads it once more, from its start; null where it can be read once only. Whoever has the reader closes it. */
  readonly again: (() => Promise<MailReader>) | null;
}

/** How to make a message ready. */
export interface PrepareOptions {
  /** The envelope that the caller gave; null to take it from the header. */
  readonly envelope: MessageEnvelope | null;
  /** Whether the octets are sent as they are. */
  readonly binary: boolean;
  /** The most octets that the header may have. */
  readonly headerLimit: number;
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes a message ready. A source that is not in memory and can be read twice is read through once, to know its size and
 * whether it is ASCII.
 *
 * @param source Where the message comes from.
 * @param options How.
 * @returns The message.
 * @throws {TypeError} If there is no envelope and the header does not yield one, or if the source yields no octets.
 * @throws {RangeError} If the header is longer than allowed.
 * @throws {SmtpError} Kind `aborted` if the signal fires.
 */
export async function prepareMessage(
  source: MailSource,
  options: PrepareOptions,
): Promise<Message> {
  const opened = await open(source, options);
  if (opened instanceof Uint8Array) return prepareOctets(opened, options);
  const reader = opened;
  let handedOn = false;
  try {
    const start = await readHeader(reader, options);
    const fields = parseHeader(start.header);
    const envelope = options.envelope ?? envelopeFromHeader(fields);
    const header = withoutBlindCopies(start.header, fields);
    const { binary } = options;
    const facts = { envelope, utf8: !isAscii(header), binary, octets: null };
    const meter = measure(binary, header, start.rest);
    if (!source.repeatable) {
      handedOn = true;
      const eightBit = start.complete ? meter.eightBit : null;
      const stream = readerOf(header, start.rest, reader);
      return { ...facts, size: null, eightBit, reader: stream, again: null };
    }
    const { size, eightBit } = await measureRest(reader, meter, options);
    const again = async (): Promise<MailReader> => {
      const opened = await readAgain(await open(source, options), start.header, options);
      return readerOf(header, opened.rest, opened.reader);
    };
    return { ...facts, size, eightBit, reader: await again(), again };
  } finally {
    if (!handedOn) reader.close();
  }
}

/** What is in memory is looked at once, and copied only to leave blind copies out. */
function prepareOctets(bytes: Uint8Array, options: PrepareOptions): Message {
  const end = new HeaderScanner().push(bytes);
  const header = end < 0 ? bytes : bytes.subarray(0, end);
  checkLength(header.length, options);
  const fields = parseHeader(header);
  const envelope = options.envelope ?? envelopeFromHeader(fields);
  const kept = withoutBlindCopies(header, fields);
  const sent = kept === header ? bytes : concat([kept, bytes.subarray(header.length)]);
  return messageOfOctets(sent, { envelope, binary: options.binary, utf8: !isAscii(kept) });
}

/**
 * Makes a message of what is in memory.
 *
 * @param octets All of it.
 * @param facts What is known of it.
 * @returns The message.
 */
export function messageOfOctets(
  octets: Uint8Array,
  facts: Pick<Message, "envelope" | "binary" | "utf8">,
): Message {
  const meter = measure(facts.binary, octets);
  meter.finish();
  const { size, eightBit } = meter;
  const again = (): Promise<MailReader> => Promise.resolve(bytesReader(octets));
  return { ...facts, size, eightBit, octets, reader: bytesReader(octets), again };
}

/** Opens a source; one that opens after the caller has left is closed. */
async function open(
  source: MailSource,
  options: PrepareOptions,
): Promise<MailReader | Uint8Array> {
  const opening = source.open();
  if (!(opening instanceof Promise)) return opening;
  try {
    return await abortable(opening, options.signal);
  } catch (error) {
    opening.then((opened) => opened instanceof Uint8Array || opened.close(), () => {});
    throw error;
  }
}

/** Reads the next piece, unless the signal fires. */
async function nextPiece(reader: MailReader, options: PrepareOptions): Promise<Uint8Array | null> {
  const piece = reader.next();
  return piece instanceof Promise ? await abortable(piece, options.signal) : piece;
}

interface Start {
  readonly header: Uint8Array;
  /** What was read past the header. */
  readonly rest: Uint8Array;
  /** Whether the source ended within the header. */
  readonly complete: boolean;
}

async function readHeader(reader: MailReader, options: PrepareOptions): Promise<Start> {
  const scanner = new HeaderScanner();
  const pieces: Uint8Array[] = [];
  let held = 0;
  for (;;) {
    const piece = await nextPiece(reader, options);
    if (piece === null) return { header: concat(pieces), rest: EMPTY, complete: true };
    pieces.push(piece.slice());
    held += piece.length;
    const end = scanner.push(piece);
    checkLength(end < 0 ? held : end, options);
    if (end < 0) continue;
    const all = concat(pieces);
    return { header: all.subarray(0, end), rest: all.subarray(end), complete: false };
  }
}

function checkLength(length: number, { headerLimit }: PrepareOptions): void {
  if (length <= headerLimit) return;
  throw new RangeError(`Cannot send: the header must end within ${headerLimit} octets, got more`);
}

function measure(binary: boolean, ...pieces: Uint8Array[]): ContentMeter {
  const meter = new ContentMeter(binary);
  for (const piece of pieces) meter.push(piece);
  return meter;
}

async function measureRest(
  reader: MailReader,
  meter: ContentMeter,
  options: PrepareOptions,
): Promise<ContentMeter> {
  for (;;) {
    const piece = await nextPiece(reader, options);
    if (piece === null) break;
    meter.push(piece);
  }
  meter.finish();
  return meter;
}

/** Reads past the header, which has to be the same again: behind another one, blind copies could be sent. */
async function readAgain(
  opened: MailReader | Uint8Array,
  header: Uint8Array,
  options: PrepareOptions,
): Promise<{ reader: MailReader; rest: Uint8Array }> {
  const reader = opened instanceof Uint8Array ? bytesReader(opened) : opened;
  let left = header;
  try {
    for (;;) {
      const piece = left.length === 0 ? EMPTY : await nextPiece(reader, options);
      const part = left.subarray(0, piece?.length);
      if (piece === null || part.some((octet, i) => octet !== piece[i])) throw changed();
      if (part.length === left.length) return { reader, rest: piece.slice(part.length) };
      left = left.subarray(part.length);
    }
  } catch (error) {
    reader.close();
    throw error;
  }
}

function changed(): Error {
  return new Error("Cannot send: the message must not change while it is sent, got another header");
}

/** The header, what was read past it, and then what is left in the reader. */
function readerOf(header: Uint8Array, rest: Uint8Array, reader: MailReader): MailReader {
  const first = [header, rest].filter((piece) => piece.length > 0);
  return {
    next: () => first.shift() ?? reader.next(),
    close: () => reader.close(),
  };
}
