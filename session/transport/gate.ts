/**
 * The duplex stream that carries a TLS engine over a {@linkcode Channel}. The engine reads as much
 * as there is, whether or not anybody wants it; so the gate lets octets in only while the receiver
 * has room. And it says when all that the engine wrote has gone out.
 *
 * @module
 */

import { Duplex } from "node:stream";
import type { Channel } from "./channel.ts";

/** Who is told of what happens at a gate. */
export interface GateKeeper {
  /** Whether more octets may be read from the channel now. */
  hasRoom(): boolean;
  /** Sees octets before the engine does; false keeps them from it, and all later ones. */
  inspect(bytes: Uint8Array): boolean;
  /** The channel has ended its side; the engine is not told. */
  ended(): void;
  /** Reading or writing failed. */
  failed(cause: unknown): void;
}

/** A duplex stream over a channel, with a gate in front of its readable side. */
export class Gate {
  /** The stream, for the TLS engine. */
  readonly duplex: Duplex;
  readonly #raw: Channel;
  readonly #keeper: GateKeeper;
  #wanted = false;
  #reading = false;
  #shut = false;
  #leftover: Uint8Array | null;
  #written = 0;
  #onDrain: (() => void) | null = null;

  /**
   * Makes a gate, which reads nothing before the engine asks.
   *
   * @param raw The channel.
   * @param leftover Octets that were read from the channel already and belong to the engine.
   * @param keeper Who is told.
   */
  constructor(raw: Channel, leftover: Uint8Array, keeper: GateKeeper) {
    this.#raw = raw;
    this.#keeper = keeper;
    this.#leftover = leftover.length > 0 ? leftover.slice() : null;
    this.duplex = new Duplex({
      allowHalfOpen: true,
      read: () => {
        this.#wanted = true;
        this.kick();
      },
      write: (chunk: Uint8Array, _encoding, done) => this.#write(chunk, done),
    });
    // Every failure is told to the keeper; the stream's own copy of it has nobody to hear it.
    this.duplex.on("error", () => {});
  }

  /** How many octets the engine has written to the channel. */
  get written(): number {
    return this.#written;
  }

  /** Reads on, if the engine wants more, the keeper has room, and no read is under way. */
  kick(): void {
    if (!this.#wanted || this.#reading || this.#shut || !this.#keeper.hasRoom()) return;
    this.#reading = true;
    if (this.#leftover !== null) {
      const leftover = this.#leftover;
      this.#leftover = null;
      queueMicrotask(() => this.#arrived(leftover));
      return;
    }
    this.#raw.read().then(
      // The view holds only until the next read, and the stream may keep it longer.
      (bytes) => this.#arrived(bytes === null ? null : bytes.slice()),
      (cause) => this.#failed(cause),
    );
  }

  /**
   * Calls back once nothing that the engine wrote is still on its way to the channel.
   *
   * @param callback What to call, at once or later; never after {@linkcode Gate.shut}.
   */
  whenDrained(callback: () => void): void {
    if (this.duplex.writableLength === 0) callback();
    else this.#onDrain = callback;
  }

  /** Reads and tells nothing more. The channel itself is left as it is. */
  shut(): void {
    this.#shut = true;
    this.#onDrain = null;
    this.duplex.destroy();
  }

  /** Reads nothing more, but still writes. */
  stopReading(): void {
    this.#wanted = false;
  }

  #arrived(bytes: Uint8Array | null): void {
    this.#reading = false;
    if (this.#shut) return;
    if (bytes === null) {
      this.#wanted = false;
      this.#keeper.ended();
    } else if (this.#keeper.inspect(bytes)) {
      this.#wanted = false;
      // Calls read(), and thereby kick(), as soon as the engine has taken the octets.
      this.duplex.push(bytes);
    }
  }

  #write(chunk: Uint8Array, done: () => void): void {
    this.#written += chunk.length;
    this.#raw.write(chunk).then(() => {
      done();
      if (this.duplex.writableLength > 0) return;
      const callback = this.#onDrain;
      this.#onDrain = null;
      callback?.();
    }, (cause) => this.#failed(cause));
  }

  #failed(cause: unknown): void {
    if (!this.#shut) this.#keeper.failed(cause);
  }
}
