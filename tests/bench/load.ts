/**
 * What is sent in a benchmark, and who sends it.
 *
 * @module
 */

/** The shape of the traffic. */
export interface Load {
  /** The name for `--load` and in the results. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** How many connections send at the same time. */
  readonly connections: number;
  /** Size of a body in octets, without its header section. */
  readonly octets: number;
  /** How many recipients each message has. */
  readonly recipients: number;
  /** Whether a connection is kept for the next message, or closed after each. */
  readonly kept: boolean;
  /** How many messages are measured in a round unless `--messages` says otherwise. */
  readonly messages: number;
}

/** What a loader did. */
export interface LoadResult {
  /** How many messages the server answered with a positive reply, in all. */
  readonly sent: number;
  /** Messages per second, without the time that starting and connecting took. */
  readonly rate: number;
}

/** A program that sends messages as fast as the server takes them, in a process of its own. */
export interface Loader {
  /** The name for `--loader` and in the results. */
  readonly name: string;
  /** @returns Whether the program is on this machine. */
  present(): Promise<boolean>;
  /**
   * Sends messages.
   *
   * @param port Where the server listens on 127.0.0.1.
   * @param load The shape of the traffic.
   * @param messages How many messages to measure; some more may be sent around them.
   * @returns What was sent, and how fast.
   * @throws {Error} If any message was not accepted, or it takes longer than two minutes.
   */
  run(port: number, load: Load, messages: number): Promise<LoadResult>;
}

/** Longest duration of one run of a loader in milliseconds. */
export const RUN_LIMIT = 120_000;
