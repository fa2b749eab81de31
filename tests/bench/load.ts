/**
 * What is sent in a benchmark, and who sends it.
 *
 * @module
 */

/** What a load measures: messages per second, octets of memory for a connection, or milliseconds. */
export type Measure = "rate" | "memory" | "latency";

/** The shape of the traffic. */
export interface Load {
  /** The name for `--load` and in the results. */
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** What is measured. */
  readonly measure: Measure;
  /** How many connections are open at the same time. */
  readonly connections: number;
  /** Size of a body in octets, without its header section. */
  readonly octets: number;
  /** How many recipients each message has. */
  readonly recipients: number;
  /** Whether a connection is kept for the next message, or closed after each. */
  readonly kept: boolean;
  /** Whether MAIL, RCPT and DATA go out in one write ([RFC 2920](https://www.rfc-editor.org/rfc/rfc2920)). */
  readonly pipelined: boolean;
  /** Whether the connections are encrypted, from their first octet on. */
  readonly tls: boolean;
}

/** A self-signed certificate for 127.0.0.1, as files of PEM. */
export interface Certificate {
  /** Path of the certificate. */
  readonly certFile: string;
  /** Path of its key. */
  readonly keyFile: string;
}

/** What a loader did. */
export interface LoadResult {
  /** How many messages the server answered with a positive reply, in all. */
  readonly sent: number;
  /** Messages per second, without the time that starting and connecting took. */
  readonly rate: number;
  /**
   * The 99th centile from the final dot to its reply in milliseconds, where all connections send at
   * once the median of the waves' 99th centiles; null where it is not known.
   */
  readonly latency: number | null;
  /** Processor time of the loader as a share of the time it took, or null where it is not known. */
  readonly busy: number | null;
  /**
   * Processor time of the server from the first measured message to the reply to the last, in
   * microseconds; null where the loader does not look.
   */
  readonly serverCpu: number | null;
}

/** Where a loader sends to. */
export interface Target {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** The certificate to trust, or null for a load without TLS. */
  readonly certificate: Certificate | null;
  /** The server's process, for a loader that is to look at its processor time. */
  readonly pid?: number;
}

/** A program that sends messages as fast as the server takes them, in a process of its own. */
export interface Loader {
  /** The name for `--loader` and in the results. */
  readonly name: string;
  /** @returns Whether the program is on this machine. */
  present(): Promise<boolean>;
  /** @returns Whether it can make such a load. */
  can(load: Load): boolean;
  /**
   * Sends messages.
   *
   * @param target Where the server listens.
   * @param load The shape of the traffic.
   * @param messages How many messages to measure; some more may be sent around them.
   * @param warmUp How many messages to send before the clock starts, where the loader can do that.
   * @returns What was sent, and how fast.
   * @throws {Error} If any message was not accepted, or it takes longer than five minutes.
   */
  run(target: Target, load: Load, messages: number, warmUp?: number): Promise<LoadResult>;
}

/** Longest duration of one run of a loader in milliseconds. */
export const RUN_LIMIT = 300_000;
