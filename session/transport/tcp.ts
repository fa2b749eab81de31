/**
 * A channel over TCP.
 *
 * @module
 */

import { SmtpError } from "../errors.ts";
import { BULK_READ, type Channel, type Endpoint, IDLE_READ } from "./channel.ts";

/** Where to connect to, and how long to try. */
export interface ConnectTcpOptions {
  /** A host name or an IP address. */
  host: string;
  /** The port, 1 to 65535. */
  port: number;
  /** How long to try, in milliseconds. */
  timeout: number;
  /** Ends the attempt. */
  signal?: AbortSignal;
}

/**
 * Makes a channel of an accepted or connected TCP connection, and takes it over.
 *
 * @param conn The connection; nobody else may read from it, write to it or close it from now on.
 * @returns The channel.
 */
export function tcpChannel(conn: Deno.TcpConn): Channel {
  try {
    conn.setNoDelay(true);
  } catch {
    // The peer has reset the connection already: the first read or write says so.
  }
  return new TcpChannel(conn);
}

/**
 * Connects to a host. All addresses of the name are tried, in the manner of
 * [RFC 8305](https://www.rfc-editor.org/rfc/rfc8305), and the first that answers is taken.
 *
 * @param options Where to, and how long to try.
 * @returns The channel.
 * @throws {SmtpError} Kind `connection` if no address answers, `timeout` if the time is over, `aborted` if the signal ends it.
 */
export async function connectTcp(options: ConnectTcpOptions): Promise<Channel> {
  const { host, port, timeout, signal } = options;
  const attempt = new AbortController();
  const giveUp = (): void => attempt.abort();
  const timer = setTimeout(giveUp, timeout);
  signal?.addEventListener("abort", giveUp);
  if (signal?.aborted) giveUp();
  try {
    const hostname = host;
    return tcpChannel(await Deno.connect({ hostname, port, signal: attempt.signal }));
  } catch (cause) {
    throw connectError(options, attempt.signal.aborted, cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}

function connectError(options: ConnectTcpOptions, givenUp: boolean, cause: unknown): Error {
  const { host, port, timeout, signal } = options;
  const where = `Cannot connect to ${JSON.stringify(host)}, port ${port}`;
  if (signal?.aborted) {
    return new SmtpError("aborted", `${where}: the signal ended it`, { cause: signal.reason });
  }
  if (givenUp) {
    return new SmtpError("timeout", `${where}: no answer within ${timeout} ms`, { cause });
  }
  // A missing permission and a port that is none are mistakes of the caller's, not of the network's.
  if (cause instanceof Deno.errors.NotCapable || cause instanceof RangeError) return cause;
  if (cause instanceof TypeError) return cause;
  return new SmtpError("connection", `${where}: ${reason(cause)}`, { cause });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function endpoint(address: Deno.Addr): Endpoint {
  const { hostname, port } = address as Deno.NetAddr;
  return { ip: hostname, port };
}

class TcpChannel implements Channel {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly tls = null;
  readonly #conn: Deno.TcpConn;
  #buffer: Uint8Array | null = null;
  #bulk = false;
  #closed = false;
  #ended = false;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.remote = endpoint(conn.remoteAddr);
    this.local = endpoint(conn.localAddr);
  }

  get bulk(): boolean {
    return this.#bulk;
  }

  set bulk(bulk: boolean) {
    if (bulk === this.#bulk) return;
    this.#bulk = bulk;
    // A view that the owner still holds keeps the old buffer alive: the next read takes a new one.
    this.#buffer = null;
  }

  async read(): Promise<Uint8Array | null> {
    const buffer = this.#buffer ??= new Uint8Array(this.#bulk ? BULK_READ : IDLE_READ);
    try {
      const count = await this.#conn.read(buffer);
      return count === null ? null : buffer.subarray(0, count);
    } catch (cause) {
      throw this.#lost("read", cause);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      let written = 0;
      while (written < bytes.length) {
        written += await this.#conn.write(written === 0 ? bytes : bytes.subarray(written));
      }
    } catch (cause) {
      throw this.#lost("write", cause);
    }
  }

  async closeWrite(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      await this.#conn.closeWrite();
    } catch (cause) {
      throw this.#lost("end", cause);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#buffer = null;
    this.#conn.close();
  }

  #lost(action: string, cause: unknown): SmtpError {
    const why = this.#closed ? "it is closed" : `it was lost (${reason(cause)})`;
    return new SmtpError("connection", `Cannot ${action} on the connection: ${why}`, { cause });
  }
}
