/**
 * What the benchmark asks of a server that takes part.
 *
 * @module
 */
import type { Certificate, Load } from "./load.ts";

/** A server that runs in a process of its own and listens on the loopback address. */
export interface Running {
  /** The port on 127.0.0.1 that it listens on. */
  readonly port: number;
  /** Id of the process that does the work. */
  readonly pid: number;
  /**
   * Asks the server how many messages it has received since it started.
   *
   * @returns The number, or null where the server does not count: then only the replies to the
   * loader say that mail arrived.
   * @throws {Error} If the process has died or does not answer within twenty seconds.
   */
  received(): Promise<number | null>;
  /** Ends the process, by force where it does not end by itself. Never rejects; may be called twice. */
  stop(): Promise<void>;
}

/** What a server must be ready for; the programs get it as JSON. */
export interface Needs {
  /** How many connections it must take at the same time. */
  readonly connections: number;
  /** How large a message it must accept in octets. */
  readonly octets: number;
  /** How many recipients of a message it must accept. */
  readonly recipients: number;
  /** The certificate for TLS from the first octet on, or null for none. */
  readonly certificate: Certificate | null;
}

/** A server that takes part in the benchmark. */
export interface Contender {
  /** The name for `--only` and in the results. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /**
   * Looks for what it needs, and installs it where that is possible.
   *
   * @returns Why it cannot take part, or null where it can.
   */
  missing(): Promise<string | null>;
  /**
   * Tells whether it can answer a load.
   *
   * @param load The load.
   * @returns Why it cannot, or null where it can.
   */
  cannot(load: Load): string | null;
  /**
   * Starts its process.
   *
   * @param needs What it must be ready for.
   * @returns The server, listening.
   * @throws {Error} If it does not come up, with what it wrote to its standard error.
   */
  start(needs: Needs): Promise<Running>;
}

/** Connections beyond those of the load: some of the last run may not have ended yet. */
const SPARE_CONNECTIONS = 200;
/** Room for a header section in octets. */
const SPARE_OCTETS = 4096;

/**
 * Works out what a server must be ready for.
 *
 * @param load The load that it will be put under.
 * @param certificate The certificate for a load with TLS.
 * @returns The needs, with some room to spare.
 */
export function needsOf(load: Load, certificate: Certificate | null): Needs {
  return {
    connections: load.connections + SPARE_CONNECTIONS,
    octets: load.octets + SPARE_OCTETS,
    recipients: load.recipients,
    certificate: load.tls ? certificate : null,
  };
}
