/**
 * Web Locks, as far as they are used here: the types of the runtime do not have them yet.
 *
 * @module
 */

/** How a lock is asked for. */
export interface LockRequest {
  /** `"shared"` where others may hold it too. */
  readonly mode?: "exclusive" | "shared";
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
}

/** What there is to know of a lock. */
export interface LockFacts {
  /** Its name. */
  readonly name: string;
  /** How it is held, or waited for. */
  readonly mode: "exclusive" | "shared";
}

/** The locks of the process, which all its workers share. */
export interface Locks {
  /** Waits for a lock, and holds it for as long as the callback takes. */
  request<T>(
    name: string,
    options: LockRequest,
    callback: () => T | Promise<T>,
  ): Promise<T>;
  /** Lists the locks. */
  query(): Promise<{ readonly held: readonly LockFacts[]; readonly pending: readonly LockFacts[] }>;
}

/** How the name of each worker's lock begins. */
export const LOCK_PREFIX = "infinity-smtp-handler-";

/**
 * Gets the locks of the process.
 *
 * @returns The locks.
 */
export function processLocks(): Locks {
  return (navigator as unknown as { locks: Locks }).locks;
}

/**
 * Counts the handler workers of this process that are alive, by the locks that they hold.
 *
 * @returns How many.
 */
export async function countLiveWorkers(): Promise<number> {
  const { held } = await processLocks().query();
  return held.filter(({ name, mode }) => mode === "exclusive" && name.startsWith(LOCK_PREFIX))
    .length;
}
