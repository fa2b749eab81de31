/**
 * A channel that a fault can get hold of, below TLS.
 *
 * @module
 */

import type { Channel, Endpoint, TlsFacts } from "../session/transport/channel.ts";

/** A channel like the one below it, unless it is told otherwise. */
export class Tap implements Channel {
  /** Whether what is written leaves one octet at a time. */
  split = false;
  /** Leaves instead of what is written next, once. */
  instead: Uint8Array | null = null;
  readonly #channel: Channel;
  readonly #closed: () => void;

  /**
   * Takes a channel over.
   *
   * @param channel The channel below.
   * @param closed Told when it is closed.
   */
  constructor(channel: Channel, closed: () => void) {
    this.#channel = channel;
    this.#closed = closed;
  }

  get remote(): Endpoint {
    return this.#channel.remote;
  }

  get local(): Endpoint {
    return this.#channel.local;
  }

  get tls(): TlsFacts | null {
    return this.#channel.tls;
  }

  get bulk(): boolean {
    return this.#channel.bulk;
  }

  set bulk(bulk: boolean) {
    this.#channel.bulk = bulk;
  }

  read(): Promise<Uint8Array | null> {
    return this.#channel.read();
  }

  async write(bytes: Uint8Array): Promise<void> {
    const leaving = this.instead ?? bytes;
    this.instead = null;
    const size = this.split ? 1 : Math.max(1, leaving.length);
    for (let at = 0; at < leaving.length; at += size) {
      await this.#channel.write(leaving.subarray(at, at + size));
    }
  }

  closeWrite(): Promise<void> {
    return this.#channel.closeWrite();
  }

  close(): void {
    this.#channel.close();
    this.#closed();
  }
}
