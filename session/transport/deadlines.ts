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

/** The clock runs on by this many ticks at the most from one look to the next. */
const LONGEST_GAP = 4;

/**
 * Watches the deadlines of many holders with one interval, which runs only while there are holders. Its clock is coarse:
 * it is looked at once a tick, for asking the system at each read costs more than parsing what was read. So a deadline
 * is never noticed early, and up to two ticks late. Time in which the process was stopped does not count.
 */
export class Deadlines {
  readonly #tick: number;
  readonly #systemClock: () => number;
  readonly #holders = new Set<DeadlineHolder>();
  #timer: ReturnType<typeof setInterval> | null = null;
  /** Starts past 0, which as a deadline means none. */
  #now = 1;
  #lastLook = 0;
  #closed = false;

  /**
   * Makes a watch that has no holders yet.
   *
   * @param tick How often to look, in milliseconds.
   * @param systemClock The clock, in milliseconds; `performance.now` unless given.
   */
  constructor(tick: number, systemClock: () => number = () => performance.now()) {
    this.#tick = tick;
    this.#systemClock = systemClock;
  }

  /** The present moment, in milliseconds: a deadline is this plus how long to wait. Stands still while nothing is watched. */
  get now(): number {
    return this.#now;
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
    if (this.#closed) return;
    this.#holders.add(holder);
    if (this.#timer !== null) return;
    this.#lastLook = this.#systemClock();
    this.#timer = setInterval(() => this.check(), this.#tick);
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
    const look = this.#systemClock();
    this.#now += Math.min(look - this.#lastLook, LONGEST_GAP * this.#tick);
    this.#lastLook = look;
    // A deadline may have been set just before this look, by a clock that was one tick slow.
    const passed = this.#now - this.#tick;
    for (const holder of this.#holders) {
      if (holder.deadline === 0 || holder.deadline > passed) continue;
      holder.deadline = 0;
      holder.expire();
    }
  }

  /** Forgets all holders, without expiring them, and watches nothing any more. */
  close(): void {
    this.#closed = true;
    this.#holders.clear();
    this.#stop();
  }

  #stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
