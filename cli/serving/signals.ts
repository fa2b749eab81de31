/**
 * The signals by which a server is told to reload and to stop.
 *
 * @module
 */

/** The signals that end a server, with their numbers. */
const ENDS = { SIGINT: 2, SIGTERM: 15 } as const;

/** What comes so soon after the first is the same signal, in milliseconds: `deno task` passes Ctrl-C on to those that the terminal has told. */
const SAME = 1000;

/** A signal that ends a server. */
export type EndSignal = keyof typeof ENDS;

/** Listens for signals while a server runs. A second one that ends it, a moment later, ends the process at once. */
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
    let first: number | null = null;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      this.#listen(signal, () => {
        first ??= performance.now();
        if (performance.now() - first > SAME) Deno.exit(128 + ENDS[signal]);
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
