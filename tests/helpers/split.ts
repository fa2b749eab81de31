// The split harness: whatever reads octets must see the same, however they are portioned.
//
// `everySplit(input, run)` runs a reader over the input whole, byte by byte, cut in two at every place, cut in three at
// pairs of places, and cut at random; every run must give the same events. The random cuts come from a seed that is
// printed on failure; SMTP_TEST_SEED=n repeats them.

import { assertEquals } from "@std/assert";
import { decodeLatin1, encodeUtf8 } from "../../session/wire/bytes.ts";

/** How {@linkcode everySplit} cuts. */
export interface SplitOptions {
  /** How many random cuts. @default {50} */
  random?: number;
  /** Up to which length of the input every cut in three is tried. @default {48} */
  threeWay?: number;
}

/** A small generator of numbers (mulberry32) that gives the same ones for the same seed. */
export class Random {
  /** What the numbers depend on. */
  readonly seed: number;
  #state: number;

  /** Starts from SMTP_TEST_SEED, else from `seed`. */
  constructor(seed = 20_261_122) {
    this.seed = Number(Deno.env.get("SMTP_TEST_SEED") ?? seed);
    this.#state = this.seed;
  }

  /** A whole number from 0 up to but not including `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor(((bits ^ (bits >>> 14)) >>> 0) / 4294967296 * bound);
  }

  /** One of the items. */
  pick<T>(items: ArrayLike<T>): T {
    return items[this.below(items.length)];
  }

  /** So many picks, joined. */
  text(items: ArrayLike<string>, length: number): string {
    let text = "";
    for (let i = 0; i < length; i++) text += this.pick(items);
    return text;
  }
}

/** The octets of a text, one for each character U+0000 to U+00FF: `"\xff"` is the octet 255. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The text of octets, as {@linkcode octets} takes it. */
export function text(bytes: Uint8Array): string {
  return decodeLatin1(bytes);
}

/** The UTF-8 octets of a text. */
export function utf8(value: string): Uint8Array {
  return encodeUtf8(value);
}

/** The input cut at places, which must rise. Each chunk is a copy of its own: a reader that keeps a view of it is caught. */
export function cut(input: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...places, input.length];
  return edges.slice(1).map((end, i) => input.slice(edges[i], end));
}

/** The input one octet at a time. */
export function single(input: Uint8Array): Uint8Array[] {
  return Array.from(input, (byte) => Uint8Array.of(byte));
}

/** Every way of portioning that {@linkcode everySplit} tries, with a name for each. */
export function* splits(
  input: Uint8Array,
  random: Random,
  options: SplitOptions = {},
): Generator<[name: string, chunks: Uint8Array[]]> {
  yield ["byte by byte", single(input)];
  for (let i = 0; i <= input.length; i++) yield [`cut at ${i}`, cut(input, [i])];
  if (input.length <= (options.threeWay ?? 48)) {
    for (let i = 0; i <= input.length; i++) {
      for (let j = i; j <= input.length; j++) yield [`cut at ${i}, ${j}`, cut(input, [i, j])];
    }
  }
  for (let n = options.random ?? 50; n > 0; n--) {
    const places = Array.from({ length: random.below(8) + 2 }, () => random.below(input.length + 1))
      .sort((a, b) => a - b);
    yield [`cut at ${places.join(", ")} (seed ${random.seed})`, cut(input, places)];
  }
}

/**
 * Asserts that a reader gives the same events for every portioning of an input.
 *
 * @returns The events, for further assertions.
 */
export function everySplit<Events>(
  input: Uint8Array,
  run: (chunks: readonly Uint8Array[]) => Events,
  options: SplitOptions = {},
): Events {
  const expected = run([input.slice()]);
  for (const [name, chunks] of splits(input, new Random(), options)) {
    assertEquals(run(chunks), expected, `portioned otherwise (${name}), other events`);
  }
  return expected;
}
