/**
 * Looks into the first message of a TLS peer, which the TLS engine does not show. Pure: octets in, a finding out.
 *
 * @module
 */

const HANDSHAKE_RECORD = 22;

/** The longest hello that is looked at, in octets; real ones have some hundred, or two thousand. */
const LIMIT = 16 * 1024;

/**
 * Collects the octets that a TLS peer sends until its hello is whole.
 * What is not TLS is no finding: the TLS engine refuses it.
 */
export class HelloParser<T> {
  readonly #type: number;
  readonly #parse: (body: Uint8Array) => T | null;
  /** The handshake messages so far, without their record headers. */
  #message = new Uint8Array(512);
  #length = 0;
  readonly #header = new Uint8Array(5);
  #headerLength = 0;
  #recordLeft = 0;
  #finding: T | null = null;
  #done = false;

  /**
   * Makes a parser that has seen nothing.
   *
   * @param type The type of the handshake message: 1 is a ClientHello, 2 a ServerHello.
   * @param parse Reads its body; null where it is malformed.
   */
  constructor(type: number, parse: (body: Uint8Array) => T | null) {
    this.#type = type;
    this.#parse = parse;
  }

  /** Whether there is nothing more to look for. */
  get done(): boolean {
    return this.#done;
  }

  /** What the hello says; null while it is not whole, or where none came. */
  get finding(): T | null {
    return this.#finding;
  }

  /**
   * Takes the next octets of the peer's.
   *
   * @param chunk The octets, cut anywhere; not kept.
   * @returns The finding, once the hello is whole.
   */
  push(chunk: Uint8Array): T | null {
    let at = 0;
    while (!this.#done && at < chunk.length) {
      at = this.#recordLeft === 0 ? this.#takeHeader(chunk, at) : this.#takeBody(chunk, at);
    }
    return this.#finding;
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    this.#header[this.#headerLength++] = chunk[at];
    if (this.#headerLength === this.#header.length) {
      this.#headerLength = 0;
      this.#recordLeft = this.#header[3] << 8 | this.#header[4];
      const fits = this.#header[0] === HANDSHAKE_RECORD && this.#header[1] === 3 &&
        this.#recordLeft > 0;
      if (!fits) this.#done = true;
    }
    return at + 1;
  }

  #takeBody(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#recordLeft);
    this.#append(chunk.subarray(at, end));
    this.#recordLeft -= end - at;
    this.#look();
    return end;
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#message.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#message.length));
      larger.set(this.#message.subarray(0, this.#length));
      this.#message = larger;
    }
    this.#message.set(bytes, this.#length);
    this.#length = length;
  }

  #look(): void {
    if (this.#length < 4) return;
    const message = this.#message;
    const size = message[1] << 16 | message[2] << 8 | message[3];
    if (message[0] !== this.#type || size > LIMIT) {
      this.#done = true;
    } else if (this.#length >= 4 + size) {
      this.#done = true;
      this.#finding = this.#parse(message.subarray(4, 4 + size));
    }
    if (this.#done) this.#message = new Uint8Array(0);
  }
}
