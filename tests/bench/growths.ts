/**
 * What is checked for growth, as data.
 *
 * @module
 */
import type { Load } from "./load.ts";
import { SMALL } from "./loads.ts";

/** One measurement of a growth. */
export interface Point {
  /** Its place, in the first column of the table. */
  readonly label: string;
  /** The same as a number. */
  readonly at: number;
  /** What is sent. */
  readonly load: Load;
  /** How many messages, or null for as many as fit into a round. */
  readonly messages: number | null;
  /** Whether it must be like the others. */
  readonly judged: boolean;
}

/** A growth: what is varied, and what must stay the same. */
export interface Growth {
  /** The name for `--load` and in the results. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** What is varied: the head of the first column. */
  readonly what: string;
  /** What must not grow: the head of the last column. */
  readonly unit: string;
  /** What is compared, in a few words. */
  readonly judging: string;
  /** From the least to the greatest. */
  readonly points: readonly Point[];
  /**
   * Works out what must not grow.
   *
   * @param cpu Processor time of the server for a message in microseconds.
   * @param point Where.
   * @param first The same time at the first point.
   * @param firstPoint The first point.
   * @returns The figure, or null where it cannot be told.
   */
  value(cpu: number, point: Point, first: number, firstPoint: Point): number | null;
}

const K = 1000;

function points(
  values: readonly number[],
  label: (value: number) => string,
  make: (value: number) => Partial<Omit<Point, "load">> & { load?: Partial<Load> },
): Point[] {
  return values.map((at) => {
    const { load, ...rest } = make(at);
    return {
      label: label(at),
      at,
      messages: null,
      judged: true,
      ...rest,
      load: { ...SMALL, title: "growth", ...load },
    };
  });
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function size(octets: number): string {
  return octets < K * K ? `${octets / K} KB` : `${octets / K / K} MB`;
}

/** In the order in which they run. */
export const GROWTHS: readonly Growth[] = [
  {
    name: "growth-messages",
    // Ten connections: every number of messages fills their last turn, too.
    title: "growth: messages of 2 KB over 10 kept connections",
    what: "messages",
    unit: "CPU µs/msg",
    judging: "Server CPU in µs for a message",
    points: points([100, K, 10 * K, 100 * K, K * K], count, (messages) => ({
      load: { connections: 10 },
      messages,
    })),
    value: (cpu) => cpu,
  },
  {
    name: "growth-recipients",
    title: "growth: recipients of a message, pipelined, over 8 kept connections",
    what: "recipients",
    unit: "CPU µs/rcpt",
    judging: "Server CPU in µs for each recipient beyond the first, (T(n) − T(1)) / (n − 1)",
    points: points([1, 10, 100, K], count, (recipients) => ({
      load: { recipients, connections: 8, pipelined: true },
    })),
    value: (cpu, { at }, first) => at === 1 ? null : (cpu - first) / (at - 1),
  },
  {
    name: "growth-size",
    title: "growth: size of a message, over one kept connection",
    what: "size",
    unit: "CPU ns/octet",
    judging: "Server CPU in ns for each octet beyond the first KB, (T(n) − T(1 KB)) / (n − 1 KB)",
    points: points(
      [K, 10 * K, 100 * K, K * K, 10 * K * K, 100 * K * K],
      size,
      (octets) => ({ load: { octets, connections: 1 }, judged: octets >= 100 * K }),
    ),
    value: (cpu, { at }, first, { at: least }) =>
      at === least ? null : (cpu - first) * 1000 / (at - least),
  },
  {
    name: "growth-connections",
    title: "growth: connections, messages of 2 KB",
    what: "connections",
    unit: "CPU µs/msg",
    judging: "Server CPU in µs for a message",
    points: points([1, 10, 100, K], count, (connections) => ({ load: { connections } })),
    value: (cpu) => cpu,
  },
];
