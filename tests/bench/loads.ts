/**
 * The loads that servers answer, as data.
 *
 * @module
 */
import type { Load } from "./load.ts";

/** Load (a), from which the others differ. */
export const SMALL: Load = {
  name: "a",
  title: "2 KB messages over 32 kept connections",
  measure: "rate",
  connections: 32,
  octets: 2048,
  recipients: 1,
  kept: true,
  pipelined: false,
  tls: false,
};

/** In the order in which they run. */
export const LOADS: readonly Load[] = [
  SMALL,
  {
    ...SMALL,
    name: "b",
    title: "100 KB messages over 16 kept connections",
    connections: 16,
    octets: 102_400,
  },
  {
    ...SMALL,
    name: "c",
    title: "2 KB messages, a new connection each",
    kept: false,
  },
  {
    ...SMALL,
    name: "d",
    title: "25 MB messages over 4 kept connections",
    connections: 4,
    // With its header below the 26,214,400 octets that several servers accept by default.
    octets: 25_000_000,
  },
  {
    ...SMALL,
    name: "e",
    title: "2 KB messages to 100 recipients, 32 kept connections",
    recipients: 100,
  },
  {
    ...SMALL,
    name: "f",
    title: "2 KB messages over 32 kept connections, pipelined",
    pipelined: true,
  },
  { ...SMALL, name: "g", title: "2 KB messages over 32 kept connections with TLS 1.3", tls: true },
  {
    ...SMALL,
    name: "g-new",
    title: "2 KB messages, a new TLS 1.3 connection each",
    kept: false,
    tls: true,
  },
  { ...SMALL, name: "h", title: "10,000 idle connections", measure: "memory", connections: 10_000 },
  {
    ...SMALL,
    name: "h-tls",
    title: "10,000 idle connections with TLS 1.3",
    measure: "memory",
    connections: 10_000,
    tls: true,
  },
  {
    ...SMALL,
    name: "i",
    title: "1,000 connections send 2 KB at once: final dot to reply",
    measure: "latency",
    connections: 1000,
  },
];

/**
 * Tells whether a name on the command line means a load: its own name, or the part before a hyphen.
 *
 * @param asked What was asked for.
 * @param name Name of the load.
 * @returns Whether it is meant: `g` means `g` and `g-new`.
 */
export function isMeant(asked: string, name: string): boolean {
  return asked === name || name.startsWith(`${asked}-`);
}
