/**
 * Octets that count how often they are looked at, so that a test can tell linear work from quadratic without a clock.
 *
 * @module
 */

/** Octets, and how often one of them was looked at. */
export interface Counted {
  /** The octets; parts of them count too. */
  readonly bytes: Uint8Array;
  /** How many looks there were so far. */
  looks(): number;
}

/**
 * Makes octets that count.
 *
 * @param octets The octets.
 * @returns The same, counted.
 */
export function counted(octets: Uint8Array): Counted {
  const count = { looks: 0 };
  return { bytes: watch(octets, count), looks: () => count.looks };
}

function watch(octets: Uint8Array, count: { looks: number }): Uint8Array {
  return new Proxy(octets, {
    get(target, key): unknown {
      if (typeof key === "string" && key.charCodeAt(0) <= 0x39) count.looks++;
      const value = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        const result = value.apply(target, args);
        if (key === "indexOf") {
          const from = Number(args[1] ?? 0);
          count.looks += (result < 0 ? target.length : result + 1) - from;
        }
        return result instanceof Uint8Array ? watch(result, count) : result;
      };
    },
  });
}

/**
 * How many looks an octet costs, at the most.
 *
 * @param octets The octets.
 * @param work What to do with them.
 * @returns Looks for each octet.
 */
export function looksPerOctet(octets: Uint8Array, work: (bytes: Uint8Array) => void): number {
  const { bytes, looks } = counted(octets);
  work(bytes);
  return looks() / octets.length;
}
