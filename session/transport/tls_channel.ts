/**
 * A channel over TLS.
 *
 * @module
 */

import type { TLSSocket } from "node:tls";
import { setImmediate } from "node:timers";
import { SmtpError } from "../errors.ts";
import { BULK_READ, type Channel, type Endpoint, type TlsFacts } from "./channel.ts";
import { alertFor, engineError } from "./tls_errors.ts";
import { Gate, type GateKeeper } from "./gate.ts";

/** How many octets the engine takes at a time: it holds a whole piece, encrypted, until all of it is written. */
const WRITE_PIECE = 32 * 1024;

interface Waiting<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** A TLS session over a channel: first its handshake, then its traffic. */
export class TlsChannel implements Channel, GateKeeper {
  /** The gate that the engine runs over. */
  readonly gate: Gate;
  /** Settles when the handshake has succeeded or failed. */
  readonly established: Promise<void>;
  readonly #raw: Channel;
  /** Who waits for the handshake, and who looks at its octets; null once it is over. */
  #handshake: Waiting<void> | null;
  #inspect: ((bytes: Uint8Array) => boolean) | null;
  #socket: TLSSocket | null = null;
  #facts: TlsFacts | null = null;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #reader: Waiting<Uint8Array | null> | null = null;
  #writer: Waiting<void> | null = null;
  #failure: SmtpError | null = null;
  #ended = false;
  #closedWrite = false;

  /**
   * Takes a channel over.
   *
   * @param raw The channel below.
   * @param leftover Octets that were read from it already and belong to the handshake.
   * @param inspect Sees the peer's octets before the engine does, until the handshake is over; false keeps them from it.
   */
  constructor(
    raw: Channel,
    leftover: Uint8Array,
    inspect: ((bytes: Uint8Array) => boolean) | null = null,
  ) {
    this.#raw = raw;
    this.#inspect = inspect;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.established = promise;
    this.#handshake = { resolve, reject };
    this.gate = new Gate(raw, leftover, this);
  }

  get remote(): Endpoint {
    return this.#raw.remote;
  }

  get local(): Endpoint {
    return this.#raw.local;
  }

  get tls(): TlsFacts | null {
    return this.#facts;
  }

  get bulk(): boolean {
    return this.#raw.bulk;
  }

  set bulk(bulk: boolean) {
    this.#raw.bulk = bulk;
  }

  /**
   * Begins the traffic, after the handshake.
   *
   * @param socket The engine.
   * @param facts What the handshake has agreed on.
   */
  adopt(socket: TLSSocket, facts: TlsFacts): void {
    if (this.#failure !== null) return;
    this.#socket = socket;
    this.#facts = facts;
    socket.on("data", (bytes: Uint8Array) => this.#arrived(bytes));
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#engineClosed());
    this.#handshake?.resolve();
    this.#handshake = this.#inspect = null;
  }

  /**
   * Ends the handshake or the traffic because the engine failed.
   *
   * @param cause What it threw.
   */
  engineFailed(cause: unknown): void {
    this.fail(engineError(cause, this.#facts !== null), alertFor(cause));
  }

  /**
   * Ends the handshake or the traffic with an error, and closes the channel below.
   *
   * @param error What every read and write is rejected with from now on.
   * @param lastWords What to tell the peer in clear, if it has been told nothing yet.
   */
  fail(error: SmtpError, lastWords?: Uint8Array): void {
    if (this.#failure !== null) {
      // A deadline that passes while the last words are still on their way.
      this.#raw.close();
      return;
    }
    this.#failure = error;
    this.gate.shut();
    this.#socket?.destroy();
    this.#queue.length = 0;
    this.#queued = 0;
    if (lastWords === undefined || this.gate.written > 0) this.#over(error);
    else this.#say(lastWords).finally(() => this.#over(error));
  }

  async #say(words: Uint8Array): Promise<void> {
    try {
      await this.#raw.write(words);
      await this.#raw.closeWrite();
    } catch {
      // Who does not listen is not told.
    }
  }

  #over(error: SmtpError): void {
    this.#raw.close();
    this.#handshake?.reject(error);
    this.#reader?.reject(error);
    this.#writer?.reject(error);
    this.#reader = null;
    this.#writer = null;
  }

  read(): Promise<Uint8Array | null> {
    const bytes = this.#queue.shift();
    if (bytes !== undefined) {
      this.#queued -= bytes.length;
      this.gate.kick();
      return Promise.resolve(bytes);
    }
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.gate.kick();
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += WRITE_PIECE) {
      await this.#writePiece(bytes.subarray(at, at + WRITE_PIECE));
    }
  }

  async closeWrite(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closedWrite) return;
    this.#closedWrite = true;
    await this.#settled((done) => this.#socket?.end(done));
    await this.#raw.closeWrite();
  }

  close(): void {
    this.fail(new SmtpError("connection", "Cannot use the connection: it is closed"));
  }

  #writePiece(piece: Uint8Array): Promise<void> {
    if (this.#closedWrite) {
      const message = "Cannot write on the connection: our side has ended";
      return Promise.reject(new SmtpError("connection", message));
    }
    return this.#settled((done) => this.#socket?.write(piece, done));
  }

  /** Waits until the engine has taken something and the channel below has taken what the engine made of it. */
  #settled(act: (done: () => void) => void): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#writer = { resolve, reject };
      act(() => this.gate.whenDrained(() => this.#wrote()));
    });
  }

  #wrote(): void {
    const writer = this.#writer;
    this.#writer = null;
    writer?.resolve();
  }

  /** @returns Whether the engine may be given more: what it has made of the octets before was read. */
  hasRoom(): boolean {
    return this.#raw.bulk ? this.#queued < BULK_READ : this.#queued === 0;
  }

  /**
   * Sees the peer's octets before the engine does.
   *
   * @param bytes The octets.
   * @returns Whether the engine may have them.
   */
  inspect(bytes: Uint8Array): boolean {
    return this.#inspect === null || this.#inspect(bytes);
  }

  #arrived(bytes: Uint8Array): void {
    if (this.#failure !== null) return;
    const reader = this.#reader;
    if (reader === null) {
      this.#queue.push(bytes);
      this.#queued += bytes.length;
    } else {
      this.#reader = null;
      reader.resolve(bytes);
    }
  }

  /** The peer has sent its close_notify: the one proper end. */
  #end(): void {
    this.#ended = true;
    this.gate.stopReading();
    this.#reader?.resolve(null);
    this.#reader = null;
  }

  /** The engine lets go by itself once both sides have ended; before that, something is wrong. */
  #engineClosed(): void {
    if (this.#ended && this.#closedWrite) return;
    this.fail(new SmtpError("connection", "Cannot use the connection: its TLS session was lost"));
  }

  /** The peer has ended the TCP stream. Without a close_notify before, somebody may have cut the data short. */
  ended(): void {
    // The engine tells of a close_notify on a later tick than that on which it has read it.
    setImmediate(() => {
      if (this.#ended) return;
      const what = this.#facts === null
        ? "Cannot set up TLS: the peer closed the connection in the handshake"
        : "Cannot read on the connection: it was cut off without a TLS close_notify";
      this.fail(new SmtpError(this.#facts === null ? "tls" : "connection", what));
    });
  }

  /**
   * Reading from the channel below or writing to it failed.
   *
   * @param cause Why.
   */
  failed(cause: unknown): void {
    this.fail(lost(cause));
  }
}

function lost(cause: unknown): SmtpError {
  if (cause instanceof SmtpError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SmtpError("connection", `Cannot use the connection: ${why}`, { cause });
}
