/**
 * What the rest of this library may do with a server beyond what its user may.
 *
 * @module
 */

import type { Channel } from "../session/transport/channel.ts";
import type { SessionNumbers } from "./network/admission.ts";
import type { Pools, ScriptsConfig } from "./handler_pool/mod.ts";
import type { Outcome } from "./connection/outcome.ts";
import type { Peer } from "./service.ts";

/**
 * Has its say before each step of a session: how the test harness makes a server misbehave.
 *
 * @param peer Whose session it is.
 * @param step A verb in upper case; `greeting`; `tls`: a handshake comes next; `content`: a message does; `.`: it has arrived.
 * @param args What stands behind the verb.
 * @returns What comes of the step, of a handshake and of content nothing; null: what usually does.
 * @throws {SmtpError} To end the connection without a reply.
 */
export type Intercept = (peer: Peer, step: string, args: Uint8Array) => Promise<Outcome | null>;

/** How a server starts. */
export interface StartOptions {
  /** Whether it listens; where not, it needs no permission for the network, and its `addr` stays null. @default {true} */
  listen?: boolean;
  /** Has its say before each step of each session, where there is one thread; unset: nobody has. */
  intercept?: Intercept;
  /** The pools that it shares with others; unset: it has its own. */
  pools?: Pools;
  /** The numbers of sessions that it shares with others; unset: it has its own. */
  numbers?: SessionNumbers;
}

/** What {@linkcode INTERNALS} gives. */
export interface ServerInternals {
  /** Whether it runs with a certificate. */
  readonly hasTls: boolean;
  /**
   * Tells which scripts it would run.
   *
   * @returns What to plan its pools by.
   * @throws {TypeError | RangeError} If an option is not right.
   */
  scripts(): ScriptsConfig;
  /**
   * Starts the server, as `start()` does.
   *
   * @param options What differs from that.
   */
  start(options: StartOptions): Promise<void>;
  /**
   * Takes a channel as if its peer had connected: the limits on connections hold, and TLS comes first where it does so on
   * the server's port.
   *
   * @param channel The server's end; it belongs to the server from now on.
   * @throws {Error} If the server does not run, or is stopping; if its connections are in threads of their own.
   */
  accept(channel: Channel): void;
}

/** The key under which a server has its {@linkcode ServerInternals}. */
export const INTERNALS: unique symbol = Symbol("internals");
