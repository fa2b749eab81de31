/**
 * What a worker shares with the server: a ledger of its calls, and a mailbox for small messages.
 *
 * @module
 */

// User code in a worker may replace it later.
const { exchange } = Atomics;

/**
 * Makes the ledger of a worker: a place for each call in flight, in which is written down that it was begun, or that it
 * was taken back. With it the end of one worker costs only what it had begun, and nothing is done twice: whichever of
 * the two writes first has its way, and the other one sees it.
 *
 * @param concurrency How many calls may be in flight.
 * @returns The ledger, in shared memory.
 */
export function makeLedger(concurrency: number): Int32Array {
  // Those that were given up are in flight too, and the numbers of what is in flight lie close together.
  return new Int32Array(new SharedArrayBuffer(4 * 4 * concurrency));
}

/**
 * Begins a call, for the worker.
 *
 * @param ledger The ledger.
 * @param id The number of the call.
 * @returns Whether it may be begun; false where it was taken back.
 */
export function beginCall(ledger: Int32Array, id: number): boolean {
  return exchange(ledger, id % ledger.length, begunMark(id)) !== takenMark(id);
}

/**
 * Takes a call back, for the parent.
 *
 * @param ledger The ledger.
 * @param id The number of the call.
 * @returns Whether it was taken back; false where it was begun.
 */
export function takeBackCall(ledger: Int32Array, id: number): boolean {
  return exchange(ledger, id % ledger.length, takenMark(id)) !== begunMark(id);
}

/** A place holds 32 bits: of the numbers in flight at once, no two agree in 31. */
function takenMark(id: number): number {
  return id << 1;
}

function begunMark(id: number): number {
  return id << 1 | 1;
}

/** The size of a mailbox, in octets. What is never written to takes no memory. */
const MAILBOX = 1_048_576;

/**
 * Makes the mailbox of a worker. It spares the small messages of a batch a buffer of their own. The parent writes the
 * next batch once the last has been taken: until then the worker reads those messages, or copies them.
 *
 * @returns The mailbox, in shared memory.
 */
export function makeMailbox(): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(MAILBOX));
}
