/**
 * The client's half of the dialogue, with as little work as possible: prepared octets go out, and the
 * first digits of the replies are compared.
 *
 * @module
 */
import type { Certificate } from "../load.ts";

/** First digits of replies. */
export const [DIGIT_2, DIGIT_3] = [50, 51];
const [LF, SP, HYPHEN] = [10, 32, 45];
/** The longest reply, or group of replies, in octets. */
const REPLY_LIMIT = 65_536;

/** One connection, with a buffer of its own. */
export class Connection {
  readonly #conn: Deno.Conn;
  #buffer = new Uint8Array(512);

  /** @param conn The connection; it is owned from now on. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /**
   * Writes all octets, then waits for the replies.
   *
   * @param bytes One command, or a group of them, or a message.
   * @param digits The first digit that is expected of each reply, in order.
   */
  async ask(bytes: Uint8Array, digits: readonly number[]): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    await this.expect(digits);
  }

  /**
   * Reads exactly so many replies.
   *
   * @param digits The first digit that is expected of each reply, in order.
   * @throws {Error} Unless the replies are those, and nothing comes with them.
   */
  async expect(digits: readonly number[]): Promise<void> {
    let end = 0;
    for (;;) {
      if (end === this.#buffer.length) this.#grow();
      const count = await this.#conn.read(this.#buffer.subarray(end));
      if (count === null) throw new Error("Cannot read a reply: the server closed the connection");
      end += count;
      const bytes = this.#buffer.subarray(0, end);
      if (bytes[end - 1] !== LF) continue;
      const replies = countReplies(bytes, digits);
      if (replies === digits.length) return;
      if (replies < 0 || replies > digits.length) throw unexpected(bytes);
    }
  }

  /** Closes the connection. */
  close(): void {
    this.#conn.close();
  }

  #grow(): void {
    if (this.#buffer.length >= REPLY_LIMIT) throw unexpected(this.#buffer);
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

/**
 * Counts whole replies.
 *
 * @param bytes Whole lines.
 * @param digits The first digit that is expected of each.
 * @returns How many replies end in it; -1 where a line is none, or has another digit.
 */
export function countReplies(bytes: Uint8Array, digits: readonly number[]): number {
  let replies = 0;
  for (let at = 0; at < bytes.length;) {
    if (replies < digits.length && bytes[at] !== digits[replies]) return -1;
    const end = bytes.indexOf(LF, at);
    if (end < at + 4 || (bytes[at + 3] !== SP && bytes[at + 3] !== HYPHEN)) return -1;
    if (bytes[at + 3] === SP) replies++;
    at = end + 1;
  }
  return replies;
}

function unexpected(bytes: Uint8Array): Error {
  const text = JSON.stringify(new TextDecoder().decode(bytes.subarray(0, 300)));
  return new Error(`Cannot go on: not the reply that was expected, got ${text}`);
}

/** Where to connect to. */
export interface Door {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** The certificate to trust as PEM, or null for no TLS. */
  readonly certificate: string | null;
}

/**
 * Reads the certificate that a connection is to trust.
 *
 * @param port The port on 127.0.0.1.
 * @param certificate Where it lies, or null for no TLS.
 * @returns Where to connect to.
 */
export function doorOf(port: number, certificate: Certificate | null): Door {
  return { port, certificate: certificate && Deno.readTextFileSync(certificate.certFile) };
}

/**
 * Connects, waits for the greeting, and says EHLO.
 *
 * @param door Where to.
 * @returns The connection, ready for MAIL.
 */
export async function open(door: Door): Promise<Connection> {
  const connection = new Connection(await connect(door));
  await connection.expect([DIGIT_2]);
  await connection.ask(EHLO, [DIGIT_2]);
  return connection;
}

const EHLO = ascii("EHLO client.example.com\r\n");

async function connect({ port, certificate }: Door): Promise<Deno.Conn> {
  const hostname = "127.0.0.1";
  if (certificate !== null) {
    return await Deno.connectTls({ hostname, port, caCerts: [certificate] });
  }
  const conn = await Deno.connect({ hostname, port });
  conn.setNoDelay();
  return conn;
}

/**
 * Turns a text into octets.
 *
 * @param text Only ASCII.
 * @returns The octets.
 */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * Runs a task for each place in a list, some at a time.
 *
 * @param count How many.
 * @param width How many at a time.
 * @param task What to do, with the number of the place.
 */
export async function spread(
  count: number,
  width: number,
  task: (at: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  async function work(): Promise<void> {
    while (next < count) await task(next++);
  }
  await Promise.all(Array.from({ length: Math.min(width, count) }, work));
}
