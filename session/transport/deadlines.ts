/**
 * Deadlines as a field of each holder and one interval for all of them, where a timer for each
 * read would cost more than the read.
 *
 * @module
 */

/** Something that must be done with by a certain moment. */
export interface DeadlineHolder {
  /** The moment, in milliseconds of the clock of the {@linkcode Deadlines}; 0: none at present. Set anew as often as one likes. */
  deadline: number;
  /** Called once the moment has passed; the deadline is 0 by then. Must not throw. */
  expire(): void;
}

/**
 * Watches the deadlines of many holders with one interval, which runs only while there are holders.
 * A deadline is noticed up to one tick late.
 */
export class Deadlines {
  readonly #tick: number;
  readonly #now: () => number;
  readonly #holders = new Set<DeadlineHolder>();
  #timer: ReturnType<typeof setInterval> | null = null;

  /**
   * Makes a watch that has no holders yet.
   *
   * @param tick How often to look, in milliseconds.
   * @param now The clock, in milliseconds; `performance.now` unless given.
   */
  constructor(tick: number, now: () => number = () => performance.now()) {
    this.#tick = tick;
    this.#now = now;
  }

  /** The present moment of the clock, in milliseconds: a deadline is this plus how long to wait. */
  get now(): number {
    return this.#now();
  }

  /** How many holders there are. */
  get size(): number {
    return this.#holders.size;
  }

  /**
   * Watches a holder from now on.
   *
   * @param holder The holder.
   */
  add(holder: DeadlineHolder): void {
    this.#holders.add(holder);
    this.#timer ??= setInterval(() => this.check(), this.#tick);
  }

  /**
   * Watches a holder no more.
   *
   * @param holder The holder.
   */
  delete(holder: DeadlineHolder): void {
    this.#holders.delete(holder);
    if (this.#holders.size === 0) this.#stop();
  }

  /** Looks for deadlines that have passed, as each tick does. */
  check(): void {
    const now = this.#now();
    for (const holder of this.#holders) {
      if (holder.deadline === 0 || holder.deadline > now) continue;
      holder.deadline = 0;
      holder.expire();
    }
  }

  /** Forgets all holders, without expiring them. */
  close(): void {
    this.#holders.clear();
    this.#stop();
  }

  #stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
