/**
 * One call at a time, and none after the last.
 *
 * @module
 */

/** Keeps a client's calls apart: a connection has one dialogue. */
export class CallGate {
  #running: string | null = null;
  #freed = false;
  readonly #ender = new AbortController();

  /** The method that is running; null while none is. */
  get running(): string | null {
    return this.#running;
  }

  /** Whether the client was freed. */
  get freed(): boolean {
    return this.#freed;
  }

  /**
   * Runs a method, alone.
   *
   * @param name Its name.
   * @param action What it does.
   * @returns What it resolves to.
   * @throws {Error} If another one runs, or the client was freed.
   */
  async run<T>(name: string, action: () => Promise<T>): Promise<T> {
    if (this.#freed) throw new Error(`Cannot ${name}: the client was freed, make a new one`);
    if (this.#running !== null) {
      throw new Error(
        `Cannot ${name}: await the call that is running first, got ${this.#running}()`,
      );
    }
    this.#running = name;
    try {
      return await action();
    } finally {
      this.#running = null;
    }
  }

  /**
   * A signal that fires with the caller's, or when the client is freed.
   *
   * @param signal The caller's signal, if there is one.
   * @returns The signal.
   */
  signal(signal: AbortSignal | undefined): AbortSignal {
    const own = this.#ender.signal;
    return signal === undefined ? own : AbortSignal.any([signal, own]);
  }

  /** Lets no further call run, and ends what runs. */
  free(): void {
    this.#freed = true;
    this.#ender.abort(new Error("The client was freed"));
  }
}
