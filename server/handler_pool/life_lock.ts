/**
 * The lock that a worker holds for as long as it lives: Deno tells of a worker's end in no other way.
 *
 * @module
 */

import { LOCK_PREFIX, processLocks } from "../../session/handler/locks.ts";

/** The lock of one worker. */
export class LifeLock {
  /** Its name. */
  readonly name: string = `${LOCK_PREFIX}${crypto.randomUUID()}`;
  readonly #gone = Promise.withResolvers<void>();
  readonly #unlock = new AbortController();
  #watched = false;

  /** Whether it is watched: the worker holds it, or has held it. */
  get watched(): boolean {
    return this.#watched;
  }

  /** Resolves when the lock is free, once it is watched: the thread of the worker has really ended. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /**
   * Watches it, unless it is watched already. It is granted to us when nobody holds it any more: the worker has ended,
   * or was tampered with.
   *
   * @param onRelease Told then.
   */
  watch(onRelease: () => void): void {
    if (this.#watched) return;
    this.#watched = true;
    processLocks().request(this.name, { mode: "shared", signal: this.#unlock.signal }, () => {})
      .then(() => {
        this.#gone.resolve();
        onRelease();
      }, () => {});
  }

  /** Watches it no longer. */
  forget(): void {
    this.#unlock.abort();
  }
}
