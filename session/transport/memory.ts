/**
 * A pair of channels that are joined in memory, for tests that need no socket.
 *
 * @module
 */

import { SmtpError } from "../errors.ts";
import { BULK_READ, type Channel, type Endpoint, IDLE_READ } from "./channel.ts";

/** How many octets one direction holds before a writer waits. */
const CAPACITY = 64 * 1024;

/** The addresses that the two ends of a pair show. */
export interface ChannelPairOptions {
  /**
   * What the first channel shows as its own address.
   *
   * @default {{ ip: "127.0.0.1", port: 49152 }}
   */
  first?: Endpoint;
  /**
   * What the second channel shows as its own address.
   *
   * @default {{ ip: "127.0.0.1", port: 25 }}
   */
  second?: Endpoint;
}

/**
 * Makes two channels: what is written to one is read from the other. A direction holds up to
 * 64 KiB; a writer waits while it is full, as on a socket.
 *
 * @param options The addresses to show.
 * @returns The two ends.
 */
export function channelPair(options: ChannelPairOptions = {}): [Channel, Channel] {
  const first = options.first ?? { ip: "127.0.0.1", port: 49152 };
  const second = options.second ?? { ip: "127.0.0.1", port: 25 };
  const there = new Pipe();
  const back = new Pipe();
  return [
    new MemoryChannel(back, there, first, second),
    new MemoryChannel(there, back, second, first),
  ];
}

interface Waiter {
  resolve(): void;
}

/** One direction. */
class Pipe {
  readonly #chunks: Uint8Array[] = [];
  #held = 0;
  #ended = false;
  #broken: string | null = null;
  #reader: Waiter | null = null;
  #writer: Waiter | null = null;

  async read(limit: number): Promise<Uint8Array | null> {
    while (this.#chunks.length === 0) {
      if (this.#broken !== null) throw lost("read", this.#broken);
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#reader = { resolve });
    }
    if (this.#broken !== null) throw lost("read", this.#broken);
    return this.#take(limit);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += CAPACITY) {
      const piece = bytes.slice(at, at + CAPACITY);
      // A piece goes in whole or waits: filling up what is left would cut a stream into ever smaller pieces.
      while (this.#held > 0 && this.#held + piece.length > CAPACITY) {
        this.#check();
        await new Promise<void>((resolve) => this.#writer = { resolve });
      }
      this.#check();
      this.#give(piece);
    }
  }

  #check(): void {
    if (this.#broken !== null) throw lost("write", this.#broken);
    if (this.#ended) throw lost("write", "our side has ended");
  }

  end(): void {
    if (this.#broken !== null) throw lost("end", this.#broken);
    this.#ended = true;
    this.#wake();
  }

  break(reason: string): void {
    this.#broken ??= reason;
    this.#chunks.length = 0;
    this.#held = 0;
    this.#wake();
  }

  get ended(): boolean {
    return this.#ended;
  }

  #give(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    this.#wake();
  }

  #take(limit: number): Uint8Array {
    const chunk = this.#chunks[0];
    const taken = chunk.subarray(0, limit);
    if (taken.length === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(limit);
    this.#held -= taken.length;
    this.#wake();
    return taken;
  }

  #wake(): void {
    const reader = this.#reader;
    const writer = this.#writer;
    this.#reader = null;
    this.#writer = null;
    reader?.resolve();
    writer?.resolve();
  }
}

function lost(action: string, why: string): SmtpError {
  return new SmtpError("connection", `Cannot ${action} on the connection: ${why}`);
}

class MemoryChannel implements Channel {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly tls = null;
  bulk = false;
  readonly #in: Pipe;
  readonly #out: Pipe;
  #closed = false;

  constructor(input: Pipe, output: Pipe, local: Endpoint, remote: Endpoint) {
    this.#in = input;
    this.#out = output;
    this.local = local;
    this.remote = remote;
  }

  // deno-lint-ignore require-await -- a closed channel rejects, it does not throw
  async read(): Promise<Uint8Array | null> {
    if (this.#closed) throw lost("read", "it is closed");
    return this.#in.read(this.bulk ? BULK_READ : IDLE_READ);
  }

  // deno-lint-ignore require-await -- a closed channel rejects, it does not throw
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) throw lost("write", "it is closed");
    return this.#out.write(bytes);
  }

  // deno-lint-ignore require-await -- a closed channel rejects, it does not throw
  async closeWrite(): Promise<void> {
    if (this.#closed) throw lost("end", "it is closed");
    this.#out.end();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#in.break("it is closed");
    // What was written and ended properly still arrives, as with a socket whose peer has sent its FIN.
    if (!this.#out.ended) this.#out.break("it was lost (the peer closed it)");
  }
}
