/**
 * A channel over TLS 1.0 or 1.1.
 *
 * @module
 */

import { SmtpError } from "../../errors.ts";
import type { Channel, Endpoint, TlsFacts } from "../channel.ts";
import type { LegacyEngine } from "./engine.ts";

/** A TLS session over a channel: first its handshake, then its traffic. It reads no more than somebody wants. */
export class LegacyChannel implements Channel {
  readonly #raw: Channel;
  readonly #engine: LegacyEngine;
  #facts: TlsFacts | null = null;
  /** Settles once all that the engine has made is written. */
  #written: Promise<void> = Promise.resolve();
  #closedWrite = false;
  #failure: unknown = null;

  /**
   * Takes a channel over.
   *
   * @param raw The channel below.
   * @param engine The engine.
   */
  constructor(raw: Channel, engine: LegacyEngine) {
    this.#raw = raw;
    this.#engine = engine;
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
   * Shakes hands.
   *
   * @param leftover Octets that were read from the channel already.
   * @param inspect Sees the peer's octets before the engine does.
   * @throws {SmtpError} Kind `tls` if it fails, `connection` if the connection is lost; or what `inspect` throws.
   */
  async establish(leftover: Uint8Array, inspect?: (bytes: Uint8Array) => void): Promise<void> {
    let bytes: Uint8Array | null = leftover;
    while (!this.#engine.connected) {
      inspect?.(bytes);
      await this.#feed(bytes);
      if (this.#engine.connected) return;
      bytes = await this.#raw.read();
      if (bytes !== null) continue;
      const message = "Cannot set up TLS: the peer closed the connection in the handshake";
      throw new SmtpError("tls", message);
    }
  }

  /**
   * Begins the traffic.
   *
   * @param facts What the handshake has agreed on.
   */
  adopt(facts: TlsFacts): void {
    this.#facts = facts;
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      const plain = this.#engine.takePlain();
      if (plain.length > 0) return plain;
      if (this.#engine.ended && !this.#closedWrite) return null;
      const bytes = await this.#raw.read();
      if (bytes === null) return this.#cut();
      // What comes behind our own close_notify is lost (RFC 4346 section 7.2.1).
      if (!this.#engine.ended) await this.#feed(bytes);
    }
  }

  /** The peer has ended the TCP stream. Without a close_notify before, somebody may have cut the data short. */
  #cut(): null {
    if (this.#engine.ended) return null;
    const message = "Cannot read on the connection: it was cut off without a TLS close_notify";
    throw this.#fail(new SmtpError("connection", message));
  }

  /** Gives the engine what has come. What it answers, such as a close_notify, is not waited for: nobody may take it. */
  async #feed(bytes: Uint8Array): Promise<void> {
    try {
      this.#engine.feed(bytes);
    } catch (error) {
      await this.#flush().then(() => this.#raw.closeWrite()).catch(() => {});
      throw this.#fail(error);
    }
    this.#flush();
  }

  // deno-lint-ignore require-await -- a closed channel rejects, it does not throw
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#engine.ended) {
      throw lost(this.#closedWrite ? "our side has ended" : "the peer has ended");
    }
    this.#engine.seal(bytes);
    return this.#flush();
  }

  async closeWrite(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closedWrite) return;
    this.#closedWrite = true;
    this.#engine.end();
    await this.#flush();
    await this.#raw.closeWrite();
  }

  close(): void {
    this.#fail(new SmtpError("connection", "Cannot use the connection: it is closed"));
  }

  #fail(error: unknown): unknown {
    this.#failure ??= error;
    this.#raw.close();
    return error;
  }

  /** Writes what the engine has made. The channel below takes one write at a time. */
  #flush(): Promise<void> {
    const output = this.#engine.takeOutput();
    if (output.length === 0) return this.#written;
    this.#written = this.#written.then(() => this.#raw.write(output));
    this.#written.catch(() => {});
    return this.#written;
  }
}

function lost(why: string): SmtpError {
  return new SmtpError("connection", `Cannot write on the connection: ${why}`);
}
