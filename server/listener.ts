/**
 * The accept loop. It outlives connections that are reset before they are accepted, and a process that is out of
 * file descriptors.
 *
 * @module
 */

/** After a failed accept the loop waits this long at first, in milliseconds, and doubles it each time. */
const FIRST_PAUSE = 10;
/** It never waits longer than this, in milliseconds. */
const LONGEST_PAUSE = 1000;

/** What a listener tells of. */
export interface ListenerEvents {
  /** A client has connected. While a promise that it returns is pending, no other is accepted. */
  connection(conn: Deno.TcpConn): void | Promise<void>;
  /** A connection could not be accepted; the loop goes on. */
  fault(error: unknown): void;
}

/** A listening socket with its accept loop. */
export class Listener {
  /** Where it listens. */
  readonly addr: Deno.NetAddr;
  /** Resolves once it is closed; rejects if it dies. */
  readonly finished: Promise<void>;
  readonly #socket: Deno.TcpListener;
  readonly #events: ListenerEvents;
  #closed = false;
  #pause: { resume(): void } | null = null;

  /**
   * Listens, and begins to accept.
   *
   * @param hostname The address.
   * @param port The port; 0 takes a free one.
   * @param events What to tell.
   * @param reusePort Whether others may listen there too, if they say so as well; needs `--unstable-net`.
   * @throws {Error} If the address cannot be listened on; the message says why.
   */
  constructor(hostname: string, port: number, events: ListenerEvents, reusePort = false) {
    this.#socket = listen(hostname, port, reusePort);
    this.#events = events;
    this.addr = this.#socket.addr as Deno.NetAddr;
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
    const where = `${hostname} port ${port}`;
    const why = cause instanceof Deno.errors.AddrInUse
      ? "another program listens there"
      : cause instanceof Deno.errors.PermissionDenied
      ? "the system does not allow it; ports below 1024 need privileges"
      : cause instanceof Deno.errors.NotCapable
      ? `run with --allow-net=${hostname}:${port}`
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new Error(`Cannot listen on ${where}: ${why}`, { cause });
  }
}
