/**
 * What the benchmark asks of a server that takes part.
 *
 * @module
 */

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
   * @throws {Error} If the process has died or does not answer within ten seconds.
   */
  received(): Promise<number | null>;
  /** Ends the process, by force where it does not end by itself. Never rejects; may be called twice. */
  stop(): Promise<void>;
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
   * Starts its process.
   *
   * @returns The server, listening.
   * @throws {Error} If it does not come up, with what it wrote to its standard error.
   */
  start(): Promise<Running>;
}
