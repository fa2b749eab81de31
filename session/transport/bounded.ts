/**
 * A handshake that takes no longer than it may.
 *
 * @module
 */

import type { Channel } from "./channel.ts";
import { aborted, late } from "./tls_errors.ts";

/**
 * Does something with a channel that ends with its time or with a signal. If it fails, the channel is closed.
 *
 * @param channel The channel.
 * @param timeout How long it may take, in milliseconds.
 * @param work What to do; it rejects once the channel is closed.
 * @param signal Ends it too.
 * @returns What came of it.
 * @throws {SmtpError} Kind `timeout` or `aborted`; or what the work throws.
 */
export async function bounded<T>(
  channel: Channel,
  timeout: number,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late(timeout)), timeout);
  const abort = (): void => reject(aborted(signal));
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    return await Promise.race([ended, work()]);
  } catch (error) {
    channel.close();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
