/**
 * Calls on their way to a worker: how many events become one message, and what of them is copied or moved.
 *
 * @module
 */

import type { EventName } from "./events.ts";
import type { PathFacts, SessionFacts, TlsFactsForHandlers, ViaFacts } from "./facts.ts";
import { EMPTY } from "../wire/bytes.ts";
import type { CallMessage, CallsMessage, OctetsOfCall } from "./messages.ts";

// User code in a worker may replace these later.
const { parse, stringify } = JSON;
const { apply } = Reflect;
const { slice } = Uint8Array.prototype;

/** Messages up to this many octets are copied, those of one batch into one buffer; larger ones are moved. */
export const MAX_COPIED_BODY = 65_536;

/** What a handler is told, without octets and without the names: a list costs half of what an object does. */
type PackedFacts = readonly [
  id: number,
  ip: string,
  port: number,
  secure: boolean,
  tls: TlsFactsForHandlers | null,
  via: ViaFacts | null,
  hello: string | null,
  protocol: string,
  mechanism: string | null,
  username: string | null,
  password: string | null,
  token: string | null,
  authzid: string | null,
  address: string | null,
  params: SessionFacts["params"],
  mailFrom: PathFacts | null,
  rcptTo: readonly PathFacts[],
  state: Record<string, unknown>,
];

/** One event as it travels. */
type PackedCall = readonly [id: number, event: EventName, facts: PackedFacts];

/**
 * Makes one message of calls. The facts travel as JSON, which costs half of what the runtime's cloning of many small
 * objects does; octets travel beside it. They are made fit for that: a view would drag its whole buffer along, and
 * what is moved must not be shared.
 *
 * @param calls The calls.
 * @param transfer Gets the buffers that are moved.
 * @param mailbox Where the small messages go, if there is room.
 * @returns The message.
 */
export function packCalls(
  calls: readonly CallMessage[],
  transfer: ArrayBuffer[],
  mailbox: Uint8Array = EMPTY,
): CallsMessage {
  const octets: OctetsOfCall[] = [];
  const size = copiedSize(calls);
  const copies = size <= mailbox.length ? mailbox : new Uint8Array(size);
  let at = 0;
  const packed = calls.map(([id, event, facts], call): PackedCall => {
    const { body } = facts;
    const raw = facts.tls?.peerCertificate?.raw.slice() ?? null;
    if (body !== null || raw !== null) {
      const sent = body && (isRepeatable(facts) ? copy(body, copies, at) : moved(body, transfer));
      octets.push([call, at, sent, raw]);
      if (typeof sent === "number") at += sent;
    }
    return [id, event, packFacts(facts)];
  });
  const text = stringify(packed);
  if (copies === mailbox) return { kind: "calls", text, octets, copies: null };
  transfer.push(copies.buffer as ArrayBuffer);
  return { kind: "calls", text, octets, copies };
}

/**
 * Takes the calls out of a message.
 *
 * @param message The message.
 * @param mailbox What was given as such when it was packed.
 * @returns The calls.
 */
export function unpackCalls(message: CallsMessage, mailbox: Uint8Array = EMPTY): CallMessage[] {
  const { text, octets } = message;
  const copies = message.copies ?? mailbox;
  const packed: PackedCall[] = parse(text);
  const calls: CallMessage[] = [];
  for (let i = 0, next = 0; i < packed.length; i++) {
    const [id, event, facts] = packed[i];
    const own = next < octets.length && octets[next][0] === i ? octets[next++] : null;
    calls[i] = [id, event, unpackFacts(facts, own, copies)];
  }
  return calls;
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

/**
 * Copies those messages out of the mailbox that are still needed when it is used again.
 *
 * @param calls The calls that came with the mailbox.
 */
export function emptyMailbox(calls: readonly CallMessage[]): void {
  for (let i = 0; i < calls.length; i++) {
    const { body } = calls[i][2];
    // Those whose handler has ended have none; those in several pieces were moved.
    if (body !== null && body.length === 1) body[0] = apply(slice, body[0], []);
  }
}

function packFacts(facts: SessionFacts): PackedFacts {
  const { id, ip, port, secure, via, hello, protocol } = facts;
  const { mechanism, username, password, token, authzid } = facts;
  const tls = facts.tls === null ? null : withRaw(facts.tls, null);
  const { address, params, mailFrom, rcptTo, state } = facts;
  // deno-fmt-ignore
  return [
    id, ip, port, secure, tls, via, hello, protocol,
    mechanism, username, password, token, authzid,
    address, params, mailFrom, rcptTo, state,
  ];
}

function unpackFacts(
  packed: PackedFacts,
  octets: OctetsOfCall | null,
  copies: Uint8Array,
): SessionFacts {
  const bareTls = packed[4];
  return {
    id: packed[0],
    ip: packed[1],
    port: packed[2],
    secure: packed[3],
    tls: bareTls === null ? null : withRaw(bareTls, octets?.[3] ?? null),
    via: packed[5],
    hello: packed[6],
    protocol: packed[7],
    mechanism: packed[8],
    username: packed[9],
    password: packed[10],
    token: packed[11],
    authzid: packed[12],
    address: packed[13],
    params: packed[14],
    mailFrom: packed[15],
    rcptTo: packed[16],
    state: packed[17],
    body: bodyOf(octets, copies),
  };
}

function bodyOf(octets: OctetsOfCall | null, copies: Uint8Array): Uint8Array[] | null {
  if (octets === null) return null;
  const [, at, body] = octets;
  return typeof body === "number" ? [copies.subarray(at, at + body)] : body;
}

function withRaw(tls: TlsFactsForHandlers, raw: Uint8Array | null): TlsFactsForHandlers {
  const { peerCertificate } = tls;
  if (peerCertificate === null) return tls;
  return { ...tls, peerCertificate: { ...peerCertificate, raw: raw as Uint8Array } };
}

function copiedSize(calls: readonly CallMessage[]): number {
  let sum = 0;
  for (let i = 0; i < calls.length; i++) {
    const [, , facts] = calls[i];
    if (facts.body !== null && isRepeatable(facts)) sum += bodySize(facts.body);
  }
  return sum;
}

/** Returns how many octets it has copied. */
function copy(body: readonly Uint8Array[], copies: Uint8Array, start: number): number {
  let at = start;
  for (let i = 0; i < body.length; i++) {
    copies.set(body[i], at);
    at += body[i].length;
  }
  return at - start;
}

/** What is left of other messages behind a piece is none of this script's business. */
function moved(body: readonly Uint8Array[], transfer: ArrayBuffer[]): Uint8Array[] {
  return body.map((piece) => {
    new Uint8Array(piece.buffer).fill(0, piece.length);
    transfer.push(piece.buffer as ArrayBuffer);
    return piece;
  });
}

function bodySize(body: readonly Uint8Array[]): number {
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum += body[i].byteLength;
  return sum;
}
