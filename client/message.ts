/**
 * A message made ready: its header read, its blind copies left out, its size known where it can be.
 *
 * @module
 */

import { abortable } from "./abort.ts";
import { concat, EMPTY } from "../session/wire/bytes.ts";
import { ContentMeter } from "./content_meter.ts";
import { envelopeFromHeader, type MessageEnvelope } from "./envelope.ts";
import { HeaderScanner, parseHeader, withoutBlindCopies } from "./header.ts";
import type { MailReader, MailSource } from "./mail_source.ts";

/** A message that can be sent once. Whoever has it closes it. */
export interface Message {
  /** Who it is from and whom it goes to. */
  readonly envelope: MessageEnvelope;
  /** Its octets on the wire, without stuffed dots; null where they are not known in advance. */
  readonly size: number | null;
  /** Whether it has octets above 127; null where that is not known in advance. */
  readonly eightBit: boolean | null;
  /** Its octets, as they were given but for the blind copies. */
  readonly reader: MailReader;
}

/** How to make a message ready. */
export interface PrepareOptions {
  /** The envelope that the caller gave; null to take it from the header. */
  readonly envelope: MessageEnvelope | null;
  /** The most octets that the header may have. */
  readonly headerLimit: number;
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes a message ready. A source that can be read twice is read through once, to know its size and whether it is ASCII.
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
  const reader = await open(source, options);
  let handedOn = false;
  try {
    const start = await readHeader(reader, options);
    const fields = parseHeader(start.header);
    const envelope = options.envelope ?? envelopeFromHeader(fields);
    const header = withoutBlindCopies(start.header, fields);
    if (!source.repeatable) {
      handedOn = true;
      const eightBit = start.complete ? measure(header, start.rest).eightBit : null;
      return { envelope, size: null, eightBit, reader: readerOf(header, start.rest, reader) };
    }
    const meter = measure(header, start.rest);
    await measureRest(reader, meter, options);
    const again = await readAgain(await open(source, options), start.header, options);
    const { size, eightBit } = meter;
    return { envelope, size, eightBit, reader: readerOf(header, again.rest, again.reader) };
  } finally {
    if (!handedOn) reader.close();
  }
}

/** Opens a source; one that opens after the caller has left is closed. */
async function open(source: MailSource, options: PrepareOptions): Promise<MailReader> {
  const opening = Promise.resolve(source.open());
  try {
    return await abortable(opening, options.signal);
  } catch (error) {
    opening.then((reader) => reader.close(), () => {});
    throw error;
  }
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
    const piece = await abortable(reader.next(), options.signal);
    if (piece === null) return { header: concat(pieces), rest: EMPTY, complete: true };
    pieces.push(piece.slice());
    held += piece.length;
    const end = scanner.push(piece);
    if (Math.max(end, end < 0 ? held : 0) > options.headerLimit) {
      throw new RangeError(
        `Cannot send: the header must end within ${options.headerLimit} octets, got more`,
      );
    }
    if (end < 0) continue;
    const all = concat(pieces);
    return { header: all.subarray(0, end), rest: all.subarray(end), complete: false };
  }
}

function measure(header: Uint8Array, rest: Uint8Array): ContentMeter {
  const meter = new ContentMeter();
  meter.push(header);
  meter.push(rest);
  return meter;
}

async function measureRest(
  reader: MailReader,
  meter: ContentMeter,
  options: PrepareOptions,
): Promise<void> {
  for (;;) {
    const piece = await abortable(reader.next(), options.signal);
    if (piece === null) return meter.finish();
    meter.push(piece);
  }
}

/** Reads past the header, which has to be the same again: behind another one, blind copies could be sent. */
async function readAgain(
  reader: MailReader,
  header: Uint8Array,
  options: PrepareOptions,
): Promise<{ reader: MailReader; rest: Uint8Array }> {
  let left = header;
  try {
    for (;;) {
      const piece = left.length === 0 ? EMPTY : await abortable(reader.next(), options.signal);
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
    next: () => {
      const piece = first.shift();
      return piece === undefined ? reader.next() : Promise.resolve(piece);
    },
    close: () => reader.close(),
  };
}
