/**
 * Waiting under a caller's signal.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";

/**
 * The error for a send that a signal ended before anything was written.
 *
 * @param signal The signal, which has fired.
 * @returns The error.
 */
export function abortedSend(signal: AbortSignal | undefined): SmtpError {
  return new SmtpError("aborted", "Cannot send: the signal ended it", {
    cause: signal?.reason,
    temporary: false,
    outcome: "not sent",
  });
}

/**
 * The error for a call that a signal ended.
 *
 * @param signal The signal, which has fired.
 * @returns The error.
 */
export function aborted(signal: AbortSignal | undefined): SmtpError {
  return new SmtpError("aborted", "Cannot go on: the signal ended it", {
    cause: signal?.reason,
    temporary: false,
  });
}

/**
 * Waits for a promise, but no longer than a signal allows.
 *
 * @param promise The promise.
 * @param signal The signal.
 * @returns Its value.
 * @throws {SmtpError} Kind `aborted` if the signal fires first.
 */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  promise.catch(() => {}); // nobody waits for it once the signal has fired
  if (signal.aborted) throw abortedSend(signal);
  const { promise: fired, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(abortedSend(signal));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, fired]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
