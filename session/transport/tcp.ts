/**
 * A channel over TCP, or over a Unix socket.
 *
 * @module
 */

import { SmtpError } from "../errors.ts";
import { BufferPool, SMALL_BUFFER } from "./buffer_pool.ts";
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
 * Makes a channel of an accepted or connected connection, and takes it over.
 *
 * @param conn The connection; nobody else may read from it, write to it or close it from now on.
 * @param buffers The buffers for its bulk reads; one of its own unless given.
 * @returns The channel.
 */
export function tcpChannel(
  conn: Deno.TcpConn | Deno.UnixConn,
  buffers = new BufferPool(),
): Channel {
  try {
    if ("setNoDelay" in conn) conn.setNoDelay(true);
  } catch {
    // The peer has reset the connection already: the first read or write says so.
  }
  return new TcpChannel(conn, buffers);
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

/**
 * Connects to a Unix socket, which is a matter of no time: it is there and takes connections, or is not.
 *
 * @param path The path of the socket.
 * @returns The channel.
 * @throws {SmtpError} Kind `connection` if nobody listens there, or the file's mode forbids it.
 */
export async function connectUnix(path: string): Promise<Channel> {
  try {
    return tcpChannel(await Deno.connect({ transport: "unix", path }));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const where = `Cannot connect to the Unix socket ${JSON.stringify(path)}`;
    throw new SmtpError("connection", `${where}: ${reason(cause)}`, { cause });
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

/** A Unix socket is of this machine, and counts as such wherever an address is looked at. */
function endpoint(address: Deno.Addr): Endpoint {
  if (address.transport === "unix") return { ip: "127.0.0.1", port: 0 };
  const { hostname, port } = address as Deno.NetAddr;
  return { ip: hostname, port };
}

class TcpChannel implements Channel {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly tls = null;
  readonly #conn: Deno.TcpConn | Deno.UnixConn;
  readonly #buffers: BufferPool;
  #small: Uint8Array | null = null;
  #large: Uint8Array | null = null;
  /** Whether the last read filled its buffer, so that there is likely more. */
  #filled = false;
  bulk = false;
  #closed = false;
  #ended = false;

  constructor(conn: Deno.TcpConn | Deno.UnixConn, buffers: BufferPool) {
    this.#conn = conn;
    this.#buffers = buffers;
    this.remote = endpoint(conn.remoteAddr);
    this.local = endpoint(conn.localAddr);
  }

  // Not async: an idle connection waits here, and the frame of an async function is larger than two callbacks.
  read(): Promise<Uint8Array | null> {
    const buffer = this.#nextBuffer();
    return this.#conn.read(buffer).then(
      (count) => {
        this.#filled = count === buffer.length;
        return count === null ? null : buffer.subarray(0, count);
      },
      (cause) => {
        throw this.#lost("read", cause);
      },
    );
  }

  write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return Promise.resolve();
    return this.#conn.write(bytes).then(
      (count) => count < bytes.length ? this.write(bytes.subarray(count)) : undefined,
      (cause) => {
        throw this.#lost("write", cause);
      },
    );
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
    // A read may still be under way into the large buffer: it is not given back.
    this.#small = this.#large = null;
    this.#conn.close();
  }

  /** What the last read gave holds until now: here its buffer may go to another connection. */
  #nextBuffer(): Uint8Array {
    if (this.bulk && this.#large !== null && !this.#filled) return this.#large;
    // Most messages are small, and a thousand clients may send one each at once.
    const size = this.#large === null ? SMALL_BUFFER : BULK_READ;
    if (this.#large !== null) this.#buffers.give(this.#large);
    this.#large = null;
    if (!this.bulk) return this.#small ??= new Uint8Array(IDLE_READ);
    return this.#large = this.#buffers.take(size);
  }

  #lost(action: string, cause: unknown): SmtpError {
    const why = this.#closed ? "it is closed" : `it was lost (${reason(cause)})`;
    return new SmtpError("connection", `Cannot ${action} on the connection: ${why}`, { cause });
  }
}
