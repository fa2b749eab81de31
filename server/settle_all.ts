/**
 * Several things that go on at the same time, of which each may fail.
 *
 * @module
 */

/**
 * Waits for all, and tells of every one that failed.
 *
 * @param action What failed then, for the message.
 * @param promises What to wait for.
 * @throws {AggregateError} If one or more rejected: with an error for each, and the text of each in its message.
 */
export async function settleAll(
  action: string,
  promises: readonly Promise<unknown>[],
): Promise<void> {
  const results = await Promise.allSettled(promises);
  const errors = results.flatMap((result) => {
    if (result.status === "fulfilled") return [];
    const { reason } = result;
    return reason instanceof AggregateError ? reason.errors : [reason];
  });
  if (errors.length === 0) return;
  const reasons = errors.map((error) => error instanceof Error ? error.message : String(error));
  throw new AggregateError(errors, `${action}: ${reasons.join("; ")}`);
}
