/**
 * What is checked for growth, as data.
 *
 * @module
 */
import type { Taken } from "./growth.ts";
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
  /** What must stay the same: the head of the last column. */
  readonly unit: string;
  /** Which points are judged, and why not all. */
  readonly judging: string;
  /** From the least to the greatest. */
  readonly points: readonly Point[];
  /** What must stay the same, or null where it cannot be told. */
  value(taken: Taken, point: Point, first: Taken, firstPoint: Point): number | null;
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
    unit: "µs/msg",
    judging: "all of them",
    points: points([100, K, 10 * K, 100 * K, K * K], count, (messages) => ({
      load: { connections: 10 },
      messages,
    })),
    value: ({ time }) => time.median,
  },
  {
    name: "growth-recipients",
    title: "growth: recipients of a message, pipelined, over 8 kept connections",
    what: "recipients",
    unit: "µs/rcpt",
    judging: "less the time of a message with one",
    points: points([1, 10, 100, K], count, (recipients) => ({
      load: { recipients, connections: 8, pipelined: true },
    })),
    value: ({ time }, { at }, first) =>
      at === 1 ? null : (time.median - first.time.median) / (at - 1),
  },
  {
    name: "growth-size",
    title: "growth: size of a message, over one kept connection",
    what: "size",
    unit: "ns/octet",
    judging: "less the time of a message of 1 KB, from 100 KB on",
    points: points(
      [K, 10 * K, 100 * K, K * K, 10 * K * K, 100 * K * K],
      size,
      (octets) => ({ load: { octets, connections: 1 }, judged: octets >= 100 * K }),
    ),
    value: ({ time }, { at }, first, { at: least }) =>
      at === least ? null : (time.median - first.time.median) * 1000 / (at - least),
  },
  {
    name: "growth-connections",
    title: "growth: connections, messages of 2 KB",
    what: "connections",
    unit: "server CPU µs",
    judging: "as one connection cannot keep the server busy",
    points: points([1, 10, 100, K], count, (connections) => ({ load: { connections } })),
    value: ({ cpu }) => cpu.median,
  },
];
