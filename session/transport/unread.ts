/**
 * A channel of which something was read too much.
 *
 * @module
 */

import type { Channel, Endpoint, TlsFacts } from "./channel.ts";

/**
 * Puts octets back, so that the next read gives them again.
 *
 * @param channel The channel; nobody else may use it from now on.
 * @param octets What was read too much; copied.
 * @returns The same channel where there is nothing to put back, else one in front of it.
 */
export function unread(channel: Channel, octets: Uint8Array): Channel {
  return octets.length === 0 ? channel : new UnreadChannel(channel, octets.slice());
}

class UnreadChannel implements Channel {
  readonly #below: Channel;
  #octets: Uint8Array | null;

  constructor(below: Channel, octets: Uint8Array) {
    this.#below = below;
    this.#octets = octets;
  }

  get remote(): Endpoint {
    return this.#below.remote;
  }

  get local(): Endpoint {
    return this.#below.local;
  }

  get tls(): TlsFacts | null {
    return this.#below.tls;
  }

  get bulk(): boolean {
    return this.#below.bulk;
  }

  set bulk(bulk: boolean) {
    this.#below.bulk = bulk;
  }

  read(): Promise<Uint8Array | null> {
    const octets = this.#octets;
    if (octets === null) return this.#below.read();
    this.#octets = null;
    return Promise.resolve(octets);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#below.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#below.closeWrite();
  }

  close(): void {
    this.#octets = null;
    this.#below.close();
  }
}
