/**
 * The arithmetic of the benchmark: medians, spread, and ratios of rounds that ran side by side.
 *
 * @module
 */

/** The middle and the ends of a list of measurements. */
export interface Summary {
  /** The middle value; the mean of the two middle ones where their number is even. */
  readonly median: number;
  /** The smallest value. */
  readonly min: number;
  /** The largest value. */
  readonly max: number;
}

/**
 * Sums up measurements.
 *
 * @param values At least one finite number, in any order; the list is left as it is.
 * @returns The median with the smallest and the largest value.
 * @throws {RangeError} If the list is empty or holds a number that is not finite.
 */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError("Cannot sum up measurements: the list is empty");
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new RangeError(`Cannot sum up measurements: a value must be finite, got ${value}`);
    }
  }
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/**
 * Compares two contenders round by round. A machine that slows down for a while slows both halves
 * of a round, so the ratios of rounds are steadier than the ratio of two medians.
 *
 * @param values One measurement for each round.
 * @param base The measurements to divide by, of the same rounds in the same order.
 * @returns The summary of the ratios of the rounds.
 * @throws {RangeError} If the lists differ in length, are empty, or give a ratio that is not finite.
 */
export function pairedRatio(values: readonly number[], base: readonly number[]): Summary {
  if (values.length !== base.length) {
    throw new RangeError(
      `Cannot compare rounds: the lists must be of one length, got ${values.length} and ${base.length}`,
    );
  }
  return summarize(values.map((value, round) => value / base[round]));
}

/**
 * The rate between a short and a long run. What happens once in each (starting the loader,
 * connecting, waiting for greetings) cancels out.
 *
 * @param messages How many messages the long run sent more than the short one.
 * @param short Duration of the short run in milliseconds.
 * @param long Duration of the long run in milliseconds.
 * @returns Messages per second.
 * @throws {RangeError} If the long run was not the longer one: too few messages to measure.
 */
export function rateBetween(messages: number, short: number, long: number): number {
  if (!(messages > 0) || !(long > short)) {
    throw new RangeError(
      `Cannot tell a rate: ${messages} more messages took ${
        (long - short).toFixed(1)
      } ms more, send more`,
    );
  }
  return messages * 1000 / (long - short);
}

/**
 * The value below which a share of the measurements lies, by the nearest rank.
 *
 * @param values At least one number, in any order; the list is left as it is.
 * @param share The share, above 0 and up to 1: 0.99 for the 99th centile.
 * @returns One of the values.
 * @throws {RangeError} If the list is empty.
 */
export function centile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("Cannot tell a centile: the list is empty");
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/**
 * Half of the spread as a share of the middle: what is printed behind ±.
 *
 * @param summary What was measured.
 * @returns The share; 0.1 means ±10 %.
 */
export function halfSpread({ median, min, max }: Summary): number {
  return median === 0 ? 0 : (max - min) / 2 / median;
}
