/**
 * Starting and stopping, whoever asks for it, and when.
 *
 * @module
 */

/** What stopping came to. */
export interface StopReport {
  /** Connections that had not ended by themselves within `timeouts.stop`, and were cut. */
  readonly aborted: number;
  /** Handler workers that are stuck in a loop; nothing but the end of the process ends them. */
  readonly runaways: number;
}

/** Something that starts, runs and stops, and then may start again. */
export class Lifecycle<T extends { stop(): Promise<StopReport> }> {
  readonly #name: string;
  #running: T | null = null;
  #starting: Promise<T> | null = null;
  #stopping: Promise<StopReport> | null = null;

  /**
   * Makes one that does not run.
   *
   * @param name What it is, for messages.
   */
  constructor(name: string) {
    this.#name = name;
  }

  /** What runs; null where nothing does. */
  get running(): T | null {
    return this.#running;
  }

  /** Whether it neither runs nor starts. */
  get idle(): boolean {
    return this.#running === null && this.#starting === null;
  }

  /**
   * What runs and goes on to.
   *
   * @param action What it is needed for, for the message.
   * @returns It.
   * @throws {Error} If nothing runs, or it is being stopped.
   */
  need(action: string): T {
    if (this.#running !== null && this.#stopping === null) return this.#running;
    throw new Error(`Cannot ${action}: the ${this.#name} does not run`);
  }

  /**
   * Starts it.
   *
   * @param begin Makes what runs then.
   * @throws {Error} If it runs already, or cannot begin.
   */
  async start(begin: () => Promise<T>): Promise<void> {
    if (!this.idle) throw new Error(`Cannot start the ${this.#name}: it runs already`);
    this.#starting = begin();
    try {
      this.#running = await this.#starting;
    } finally {
      this.#starting = null;
    }
  }

  /**
   * Stops it; one that is still starting once it has started. Does nothing where nothing runs.
   *
   * @returns What it came to; the same for all who ask meanwhile.
   */
  stop(): Promise<StopReport> {
    this.#stopping ??= this.#stop().finally(() => this.#stopping = null);
    return this.#stopping;
  }

  async #stop(): Promise<StopReport> {
    // Whoever called start() is told of its failure.
    const running = await this.#starting?.catch(() => null) ?? this.#running;
    if (running === null) return { aborted: 0, runaways: 0 };
    try {
      return await running.stop();
    } finally {
      this.#running = null;
    }
  }
}
