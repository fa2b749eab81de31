/**
 * Calls on their way to a worker: how many events become one message, and what of them is copied or moved.
 *
 * @module
 */

import type { SessionFacts } from "./facts.ts";
import type { CallMessage, CallsMessage } from "./messages.ts";

// User code in a worker may replace these later.
const { parse, stringify } = JSON;

/** Bodies up to this many octets are copied into the message; larger ones are moved. */
export const MAX_COPIED_BODY = 65_536;

/**
 * Makes one message of calls. The facts travel as JSON, which costs half of what the runtime's cloning of many small
 * objects does; octets travel beside it. They are made fit for that: a view would drag its whole buffer along, and
 * what is moved must not be shared.
 *
 * @param calls The calls.
 * @param transfer Gets the buffers that are moved.
 * @returns The message.
 */
export function packCalls(calls: readonly CallMessage[], transfer: ArrayBuffer[]): CallsMessage {
  const octets: CallsMessage["octets"][number][] = [];
  const plain = calls.map(([id, event, facts], i): CallMessage => {
    const certificate = facts.tls?.peerCertificate ?? null;
    if (facts.body === null && certificate === null) return calls[i];
    const raw = certificate === null ? null : certificate.raw.slice();
    octets.push([i, packBody(facts.body, transfer), raw]);
    return [id, event, withoutOctets(facts)];
  });
  return { kind: "calls", text: stringify(plain), octets };
}

/**
 * Takes the calls out of a message.
 *
 * @param message The message.
 * @returns The calls.
 */
export function unpackCalls(message: CallsMessage): CallMessage[] {
  const calls: CallMessage[] = parse(message.text);
  const { octets } = message;
  for (let i = 0; i < octets.length; i++) {
    const [at, body, raw] = octets[i];
    const [id, event, facts] = calls[at];
    calls[at] = [id, event, withOctets(facts, body, raw)];
  }
  return calls;
}

function withoutOctets(facts: SessionFacts): SessionFacts {
  return withOctets(facts, null, null);
}

function withOctets(
  facts: SessionFacts,
  body: Uint8Array[] | null,
  raw: Uint8Array | null,
): SessionFacts {
  const { tls } = facts;
  const certificate = tls?.peerCertificate ?? null;
  if (tls === null || certificate === null) return { ...facts, body };
  const peerCertificate = { ...certificate, raw: raw as Uint8Array };
  return { ...facts, body, tls: { ...tls, peerCertificate } };
}

function packBody(body: Uint8Array[] | null, transfer: ArrayBuffer[]): Uint8Array[] | null {
  if (body === null) return null;
  const moved = bodySize(body) > MAX_COPIED_BODY;
  return body.map((piece) => ownPiece(piece, moved, transfer));
}

/**
 * Whether a call can be posted a second time, since nothing of it is moved.
 *
 * @param facts What the handler is told.
 * @returns Whether it can.
 */
export function isRepeatable(facts: SessionFacts): boolean {
  return facts.body === null || bodySize(facts.body) <= MAX_COPIED_BODY;
}

function bodySize(body: readonly Uint8Array[]): number {
  return body.reduce((sum, piece) => sum + piece.byteLength, 0);
}

function ownPiece(piece: Uint8Array, moved: boolean, transfer: ArrayBuffer[]): Uint8Array {
  const whole = piece.byteLength === piece.buffer.byteLength &&
    piece.buffer instanceof ArrayBuffer && !transfer.includes(piece.buffer);
  const own = whole ? piece : piece.slice();
  if (moved) transfer.push(own.buffer as ArrayBuffer);
  return own;
}
