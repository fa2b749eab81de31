/**
 * Looks into the first flight of a TLS server, which the TLS engine does not show: the version
 * chosen, and whether the server knows secure renegotiation
 * ([RFC 5746](https://www.rfc-editor.org/rfc/rfc5746)). Pure: octets in, a finding out.
 *
 * @module
 */

/** What a ServerHello says. */
export interface ServerHelloFinding {
  /** The version chosen: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3. */
  readonly version: number;
  /** Whether it holds the extension renegotiation_info. */
  readonly secureRenegotiation: boolean;
}

const HANDSHAKE_RECORD = 22;
const SERVER_HELLO = 2;
const RENEGOTIATION_INFO = 0xff01;
const SUPPORTED_VERSIONS = 0x002b;

/** The longest ServerHello that is looked at, in octets; real ones have some hundred. */
const LIMIT = 16 * 1024;

/**
 * Collects the octets that a TLS server sends until its ServerHello is whole.
 * What is not TLS is no finding: the TLS engine refuses it.
 */
export class ServerHelloParser {
  /** The handshake messages so far, without their record headers. */
  #message = new Uint8Array(512);
  #length = 0;
  readonly #header = new Uint8Array(5);
  #headerLength = 0;
  #recordLeft = 0;
  #finding: ServerHelloFinding | null = null;
  #done = false;

  /** Whether there is nothing more to look for. */
  get done(): boolean {
    return this.#done;
  }

  /** What the ServerHello says; null while it is not whole, or where none came. */
  get finding(): ServerHelloFinding | null {
    return this.#finding;
  }

  /**
   * Takes the next octets of the server's.
   *
   * @param chunk The octets, cut anywhere; not kept.
   * @returns The finding, once the ServerHello is whole.
   */
  push(chunk: Uint8Array): ServerHelloFinding | null {
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
    if (message[0] !== SERVER_HELLO || size > LIMIT) {
      this.#done = true;
    } else if (this.#length >= 4 + size) {
      this.#done = true;
      this.#finding = parseServerHello(message.subarray(4, 4 + size));
    }
    if (this.#done) this.#message = new Uint8Array(0);
  }
}

/**
 * Reads the body of a ServerHello ([RFC 5246](https://www.rfc-editor.org/rfc/rfc5246) 7.4.1.3,
 * [RFC 8446](https://www.rfc-editor.org/rfc/rfc8446) 4.1.3).
 *
 * @param body The message without its four octets of type and length.
 * @returns What it says; null where it is malformed.
 */
export function parseServerHello(body: Uint8Array): ServerHelloFinding | null {
  // legacy_version, random, session id with its length, cipher suite, compression method.
  if (body.length < 35) return null;
  let version = uint16(body, 0);
  let secureRenegotiation = false;
  const fixed = 35 + body[34] + 3;
  if (body.length < fixed) return null;
  if (body.length === fixed) return { version, secureRenegotiation };
  if (body.length < fixed + 2 || body.length !== fixed + 2 + uint16(body, fixed)) return null;
  let at = fixed + 2;
  while (at < body.length) {
    if (at + 4 > body.length) return null;
    const type = uint16(body, at);
    const length = uint16(body, at + 2);
    at += 4;
    if (at + length > body.length) return null;
    if (type === RENEGOTIATION_INFO) secureRenegotiation = true;
    if (type === SUPPORTED_VERSIONS && length === 2) version = uint16(body, at);
    at += length;
  }
  return { version, secureRenegotiation };
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at] << 8 | bytes[at + 1];
}
