/**
 * A nameserver for tests: over UDP, on a free port of this machine, with the records of a map.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { Buffer } from "node:buffer";

const TXT = 16;
const NO_ERROR = 0x8480;
const SERVER_FAILURE = 0x8482;
const NO_SUCH_NAME = 0x8483;

/** A nameserver that runs. */
export interface Nameserver extends AsyncDisposable {
  /** Where it listens, such as `"127.0.0.1:49152"`. */
  readonly address: string;
  /** The names that it was asked for, in lower case. */
  readonly asked: ReadonlySet<string>;
}

/**
 * Starts a nameserver.
 *
 * @param records The text of each name's TXT record; null: the nameserver fails. There is no other name.
 * @returns The nameserver.
 */
export async function startNameserver(
  records: Readonly<Record<string, string | null>>,
): Promise<Nameserver> {
  const asked = new Set<string>();
  const socket = createSocket("udp4");
  socket.on("message", (query, { address, port }) => {
    const { name, end } = nameOf(query);
    asked.add(name);
    const text = records[name];
    const type = query.readUInt16BE(end);
    const found = typeof text === "string" && type === TXT ? [txtRecord(text)] : [];
    const flags = text === null ? SERVER_FAILURE : text === undefined ? NO_SUCH_NAME : NO_ERROR;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2); // the number of the query
    header.writeUInt16BE(flags, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found.length, 6);
    socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...found]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** The name of the one question, and where it ends (RFC 1035 section 4.1.2). */
function nameOf(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at] + 1) {
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

/** A TXT record of the name that was asked for: strings of 255 octets at the most. */
function txtRecord(text: string): Buffer {
  const strings = (text.match(/.{1,255}/g) ?? []).map((part) =>
    Buffer.concat([Buffer.from([part.length]), Buffer.from(part, "latin1")])
  );
  const data = Buffer.concat(strings);
  const head = Buffer.from([0xc0, 12, 0, TXT, 0, 1, 0, 0, 0, 60, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
