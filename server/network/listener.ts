/**
 * The accept loop. It outlives connections that are reset before they are accepted, and a process that is out of
 * file descriptors.
 *
 * @module
 */

import { resolve } from "node:path";

/** After a failed accept the loop waits this long at first, in milliseconds, and doubles it each time. */
const FIRST_PAUSE = 10;
/** It never waits longer than this, in milliseconds. */
const LONGEST_PAUSE = 1000;

/** What a listener tells of. */
export interface ListenerEvents {
  /** A client has connected. While a promise that it returns is pending, no other is accepted. */
  connection(conn: Deno.TcpConn | Deno.UnixConn): void | Promise<void>;
  /** A connection could not be accepted; the loop goes on. */
  fault(error: unknown): void;
}

/** A listening socket with its accept loop. */
export class Listener {
  /** Where it listens; null on a Unix socket. */
  readonly addr: Deno.NetAddr | null;
  /** Resolves once it is closed; rejects if it dies. */
  readonly finished: Promise<void>;
  readonly #socket: Deno.TcpListener | Deno.UnixListener;
  readonly #events: ListenerEvents;
  #closed = false;
  #pause: { resume(): void } | null = null;

  /**
   * Begins to accept.
   *
   * @param socket The socket; it belongs to the listener from now on.
   * @param events What to tell.
   */
  constructor(socket: Deno.TcpListener | Deno.UnixListener, events: ListenerEvents) {
    this.#socket = socket;
    this.#events = events;
    this.addr = "port" in socket.addr ? socket.addr : null;
    this.finished = this.#accept();
    // Who does not look at `finished` is told by `fault` alone.
    this.finished.catch(() => {});
  }

  /** Stops listening. Connections that were accepted stay. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
    this.#pause?.resume();
  }

  async #accept(): Promise<void> {
    let pause = FIRST_PAUSE;
    while (!this.#closed) {
      try {
        const conn = await this.#socket.accept();
        pause = FIRST_PAUSE;
        const pending = this.#events.connection(conn);
        if (pending !== undefined) await pending;
      } catch (error) {
        if (this.#closed) return;
        this.#events.fault(error);
        if (error instanceof Deno.errors.BadResource) throw error;
        await this.#wait(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    }
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#pause = {
        resume(): void {
          clearTimeout(timer);
          resolve();
        },
      };
    });
  }
}

/**
 * Opens a listening socket.
 *
 * @param hostname The address.
 * @param port The port; 0 takes a free one.
 * @param reusePort Whether others may listen there too, if they say so as well; needs `--unstable-net`.
 * @returns The socket.
 * @throws {Error} If the address cannot be listened on; the message says why.
 */
export function listen(hostname: string, port: number, reusePort = false): Deno.TcpListener {
  try {
    return Deno.listen({ hostname, port, reusePort });
  } catch (cause) {
    throw listenError(`${hostname} port ${port}`, cause, {
      denied: "ports below 1024 need privileges",
      grant: `--allow-net=${hostname}:${port}`,
    });
  }
}

/**
 * Opens a listening Unix socket. The runtime removes its file when it is closed.
 *
 * @param path Its path. A socket there that nobody listens on is replaced.
 * @returns The socket.
 * @throws {Error} If the path cannot be listened on; the message says why.
 */
export async function listenUnix(path: string): Promise<Deno.UnixListener> {
  try {
    if (await isAbandoned(path)) await Deno.remove(path);
    return Deno.listen({ transport: "unix", path });
  } catch (cause) {
    throw listenError(path, cause, {
      denied: "its folder must be writable",
      // Deno takes no relative path here.
      grant: `--allow-net=unix:${resolve(path)} --allow-read=${path} --allow-write=${path}`,
    });
  }
}

/** Whether a socket is there whose process has ended without a word. */
async function isAbandoned(path: string): Promise<boolean> {
  const file = await Deno.lstat(path).catch(() => null);
  if (file === null) return false;
  if (!file.isSocket) throw new Error("a file is there that is no socket");
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}

function listenError(
  where: string,
  cause: unknown,
  { denied, grant }: { denied: string; grant: string },
): Error {
  const why = cause instanceof Deno.errors.AddrInUse
    ? "another program listens there"
    : cause instanceof Deno.errors.PermissionDenied
    ? `the system does not allow it; ${denied}`
    : cause instanceof Deno.errors.NotCapable
    ? `run with ${grant}`
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new Error(`Cannot listen on ${where}: ${why}`, { cause });
}
