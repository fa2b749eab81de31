/**
 * The signals by which a server is told to reload and to stop.
 *
 * @module
 */

/** The signals that end a server, with their numbers. */
const ENDS = { SIGINT: 2, SIGTERM: 15 } as const;

/** A signal that ends a server. */
export type EndSignal = keyof typeof ENDS;

/** Listens for signals while a server runs. A second one that ends it ends the process at once. */
export class Signals implements Disposable {
  /** Resolves to the first signal that ends the server. */
  readonly end: Promise<EndSignal>;
  readonly #listeners: [Deno.Signal, () => void][] = [];

  /**
   * Begins to listen.
   *
   * @param reload Called at each SIGHUP.
   */
  constructor(reload: () => void) {
    const { promise, resolve } = Promise.withResolvers<EndSignal>();
    this.end = promise;
    let ending = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      this.#listen(signal, () => {
        if (ending) Deno.exit(128 + ENDS[signal]);
        ending = true;
        resolve(signal);
      });
    }
    this.#listen("SIGHUP", reload);
  }

  /** Leaves the signals to the system again. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }

  #listen(signal: Deno.Signal, listener: () => void): void {
    // Ctrl-C is all that Windows has of these.
    if (Deno.build.os === "windows" && signal !== "SIGINT") return;
    Deno.addSignalListener(signal, listener);
    this.#listeners.push([signal, listener]);
  }
}
