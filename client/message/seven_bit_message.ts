/**
 * A message made ready for a server that does not take all of its octets.
 *
 * @module
 */

import { concat } from "../../session/wire/bytes.ts";
import type { ContentEncoder } from "./encoder.ts";
import type { MailReader } from "./mail_source.ts";
import { type Message, messageOfOctets } from "./message.ts";
import { SevenBitEncoder } from "./seven_bit.ts";

/**
 * Encodes a message so that it has 7-bit octets in lines. One that can be read again is measured first.
 *
 * @param message The message.
 * @returns The message that is sent in its place. Its reader is closed apart from that of the message.
 * @throws {SmtpError} Kind `unsupported` if the message cannot be encoded. Of one that can be read once only, its reader tells.
 */
export async function inSevenBit(message: Message): Promise<Message> {
  const { envelope, utf8, octets, reader, again } = message;
  const facts = { envelope, utf8, binary: false, eightBit: false };
  const encoder = (): ContentEncoder => new SevenBitEncoder(message.binary);
  if (octets !== null) {
    const one = encoder();
    return messageOfOctets(concat([one.encode(octets), one.finish()]), facts);
  }
  if (again === null) {
    // It goes on where it is; whoever has the message closes it.
    const rest = { next: () => reader.next(), close: () => {} };
    return { ...facts, octets, size: null, reader: encodedReader(rest, encoder()), again };
  }
  const encoded = async (): Promise<MailReader> => encodedReader(await again(), encoder());
  return {
    ...facts,
    octets,
    size: await measure(await encoded()),
    reader: await encoded(),
    again: encoded,
  };
}

/** Encodes what a reader yields. */
function encodedReader(reader: MailReader, encoder: ContentEncoder): MailReader {
  let ended = false;
  return {
    async next(): Promise<Uint8Array | null> {
      if (ended) return null;
      const piece = await reader.next();
      if (piece !== null) return encoder.encode(piece);
      ended = true;
      return encoder.finish();
    },
    close: () => reader.close(),
  };
}

async function measure(reader: MailReader): Promise<number> {
  try {
    let size = 0;
    for (let piece = await reader.next(); piece !== null; piece = await reader.next()) {
      size += piece.length;
    }
    return size;
  } finally {
    reader.close();
  }
}
