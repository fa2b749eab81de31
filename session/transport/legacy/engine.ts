/**
 * A connection of node-forge's with what it lacks: bounds, one version, and keys that the runtime works with.
 *
 * @module
 */

import { SmtpError } from "../../errors.ts";
import type { TlsFacts } from "../channel.ts";
import type { TlsVersion } from "../tls_versions.ts";
import {
  type Forge,
  type ForgeConnection,
  type ForgeConnectionOptions,
  type ForgeError,
  fromBinary,
  toBinary,
} from "./forge.ts";

/** The octets of a record's header. */
const HEADER = 5;

/** The octets of a record at the most (RFC 4346 section 6.2.3), without its header. */
const LONGEST_RECORD = 2 ** 14 + 2048;

/** The types of the records that follow a handshake. */
const ALERT = 21;
const APPLICATION_DATA = 23;

/** The octets of a handshake at the most; certificates make up most of them. */
const LONGEST_HANDSHAKE = 128 * 1024;

const NAMES: ReadonlyMap<number, TlsVersion> = new Map([[0x0301, "TLSv1"], [0x0302, "TLSv1.1"]]);

/** What depends on the side. */
export type LegacySide = Pick<
  ForgeConnectionOptions,
  | "server"
  | "sessionCache"
  | "cipherSuites"
  | "virtualHost"
  | "verify"
  | "getCertificate"
  | "getPrivateKey"
>;

/** Octets in, octets out. */
export class LegacyEngine {
  readonly #forge: Forge;
  readonly #connection: ForgeConnection;
  readonly #version: { major: number; minor: number };
  /** The record that is coming, and how many of its octets have come. */
  readonly #record = new Uint8Array(HEADER + LONGEST_RECORD);
  #held = 0;
  #handshake = 0;
  #output = "";
  #plain = "";
  #connected = false;
  #ended = false;
  #error: ForgeError | null = null;

  /**
   * Makes an engine.
   *
   * @param forge The library.
   * @param version The version to speak, 0x0301 or 0x0302; a client may get a lower one.
   * @param side What depends on the side.
   */
  constructor(forge: Forge, version: number, side: LegacySide) {
    this.#forge = forge;
    this.#version = { major: version >> 8, minor: version & 255 };
    this.#connection = forge.tls.createConnection({
      ...side,
      connected: () => this.#connected = true,
      tlsDataReady: ({ tlsData }) => this.#output += tlsData.getBytes(),
      dataReady: ({ data }) => this.#plain += data.getBytes(),
      closed: () => this.#ended = true,
      error: (_, error) => this.#error ??= error,
    });
    this.#connection.version = { ...this.#version };
    if (!side.server) this.#run(() => this.#connection.handshake());
  }

  /** Whether the handshake is over. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Whether the peer or we have ended the session. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What the handshake has agreed on: the version, and the cipher suite by its IANA name. */
  get agreed(): Pick<TlsFacts, "protocol" | "cipher"> {
    const { version: { major, minor }, session } = this.#connection;
    const protocol = NAMES.get(major << 8 | minor) ?? "SSLv3";
    return { protocol, cipher: session?.cipherSuite.name ?? "unknown" };
  }

  /**
   * Takes what is to be sent.
   *
   * @returns The octets, none where there is nothing.
   */
  takeOutput(): Uint8Array {
    const output = fromBinary(this.#output);
    this.#output = "";
    return output;
  }

  /**
   * Takes what the peer has sent, decrypted.
   *
   * @returns The octets, none where there is nothing.
   */
  takePlain(): Uint8Array {
    const plain = fromBinary(this.#plain);
    this.#plain = "";
    return plain;
  }

  /**
   * Takes octets of the peer's. There may be output afterwards, also where it fails.
   *
   * @param bytes The octets, cut anywhere; not kept.
   * @throws {SmtpError} Kind `tls` if they are not what they should be.
   */
  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#ended;) {
      const whole = this.#held < HEADER ? HEADER : HEADER + this.#bodyLength();
      const taken = bytes.subarray(at, at + whole - this.#held);
      this.#record.set(taken, this.#held);
      this.#held += taken.length;
      at += taken.length;
      if (this.#held < HEADER) return;
      const length = this.#bodyLength();
      if (length > LONGEST_RECORD) throw this.#failure("the peer sent something that is not TLS");
      if (this.#held === HEADER + length) this.#process();
    }
  }

  #bodyLength(): number {
    return this.#record[3] << 8 | this.#record[4];
  }

  /**
   * Encrypts octets; the result is output.
   *
   * @param bytes The octets.
   */
  seal(bytes: Uint8Array): void {
    this.#connection.prepare(toBinary(bytes));
  }

  /** Ends our side; the result is output. */
  end(): void {
    this.#connection.close();
  }

  #process(): void {
    const record = this.#record.subarray(0, this.#held);
    this.#held = 0;
    if (!this.#connected) {
      this.#handshake += record.length;
      if (this.#handshake > LONGEST_HANDSHAKE) throw this.#failure("the handshake is too long");
    } else if (record[0] !== ALERT && record[0] !== APPLICATION_DATA) {
      // Heartbeats and wishes to renegotiate are answered by the library, each time, whether or not anybody reads that.
      throw this.#failure("the peer wants more than to exchange data");
    }
    try {
      this.#run(() => this.#connection.process(toBinary(record)));
    } catch (cause) {
      // Not every mistake of a peer's is foreseen there.
      this.#error ??= { message: cause instanceof Error ? cause.message : String(cause) };
    }
    if (this.#error !== null) throw this.#failure(wordsFor(this.#error));
  }

  /**
   * Runs the library with two of its parts replaced: its list of versions, from which a server never takes the first; and
   * the reader of private keys, since a key of ours is an object already. Nothing else runs before they are back.
   */
  #run(act: () => void): void {
    const { tls: { SupportedVersions: versions }, pki } = this.#forge;
    const { privateKeyFromPem } = pki;
    const theirs = versions.splice(0, versions.length, this.#version, this.#version);
    pki.privateKeyFromPem = (key) => key;
    try {
      act();
    } finally {
      versions.splice(0, versions.length, ...theirs);
      pki.privateKeyFromPem = privateKeyFromPem;
    }
  }

  #failure(words: string): SmtpError {
    const action = this.#connected ? "Cannot use the TLS session" : "Cannot set up TLS";
    return new SmtpError("tls", `${action}: ${words}`);
  }
}

/** The alerts that say what to do (RFC 4346 section 7.2.2). */
const ALERTS: ReadonlyMap<number, string> = new Map([
  [40, "the two sides have no cipher suite or certificate type in common"],
  [70, "the two sides have no TLS version in common"],
  [86, "the server has a newer TLS version than was offered"],
]);

function wordsFor({ message, alert }: ForgeError): string {
  const what = ALERTS.get(alert?.description ?? -1);
  const words = message.endsWith(".") ? message.slice(0, -1) : message;
  return what === undefined ? words : `${what} (${words})`;
}
