/**
 * What the connections of one running server share.
 *
 * @module
 */

import type { Endpoint } from "../session/transport/channel.ts";
import type { BufferPool } from "../session/transport/buffer_pool.ts";
import type { ServerTlsOptions } from "../session/transport/tls.ts";
import type { Deadlines } from "../session/transport/deadlines.ts";
import type { TraceLine } from "../session/trace.ts";
import type { ServerTimeouts } from "../session/limits.ts";
import type { SmtpError } from "../session/errors.ts";
import type { ProxyFacts } from "../session/handler/facts.ts";
import type { Answer, EventName, SessionFacts } from "../session/handler/session.ts";
import type { Budget } from "./message/body.ts";
import type { Phrases } from "./connection/phrases.ts";
import type { ResolvedOptions } from "./resolve.ts";
import type { ServerTelemetry } from "./telemetry/telemetry.ts";

/** Who is at the other end, and where the client reached us. */
export interface Peer {
  /** The connection's number. */
  readonly id: number;
  /** The peer's end, or that of the client that it speaks for. */
  readonly remote: Endpoint;
  /** Our end, or the end of a proxy's that the client reached. */
  readonly local: Endpoint;
  /** What a proxy has said of the connection; unset: the peer came by itself. */
  readonly proxy?: ProxyFacts;
  /** What the peer has said by XCLIENT; unset: nothing. */
  readonly xclient?: {
    /** The attributes, decoded, by their name in upper case. */
    readonly attributes: Readonly<Record<string, string>>;
    /** Who has said so: what `remote` and `local` would be without it. */
    readonly by: Pick<Peer, "remote" | "local">;
  };
}

/** Who answers events, wherever the handlers run. */
export interface EventHandlers {
  /**
   * Whether an event has a handler.
   *
   * @param event The event.
   * @returns Whether it can be run.
   */
  has(event: EventName): boolean;
  /**
   * Runs an event.
   *
   * @param event The event.
   * @param facts What the handler is told. Its body is given away: its buffers may be gone afterwards.
   * @returns The answer, by a promise where it takes time; never rejects.
   */
  run(event: EventName, facts: SessionFacts): Answer | Promise<Answer>;
}

/** The server, as a connection sees it. */
export interface Service {
  /** Its options. */
  readonly options: ResolvedOptions;
  /** Its handlers. */
  readonly handlers: EventHandlers;
  /** Its greetings. */
  readonly phrases: Phrases;
  /** The octets of all messages in flight. */
  readonly budget: Budget;
  /** The large buffers, for reads and for messages. */
  readonly buffers: BufferPool;
  /** The watch over every connection's deadline. */
  readonly deadlines: Deadlines;
  /** How to set up TLS; null where there is none. A reload of the certificate replaces it. */
  tls: ServerTlsOptions | null;
  /** The user's trace, where it is set. */
  readonly trace: ((line: TraceLine) => void) | null;
  /** What counts and measures; null where the application has no OpenTelemetry. */
  readonly telemetry: ServerTelemetry | null;
  /** Told of a connection that was lost, or whose TLS could not be set up: a client's doing. */
  lost(error: SmtpError, peer: Peer): void;
  /** Told of every fault that is not a client's. */
  fault(error: unknown, where: string): void;
}

/**
 * How often to look at the deadlines of connections: often enough that each is kept to an eighth.
 *
 * @param timeouts How long the server waits, in milliseconds.
 * @returns Milliseconds.
 */
export function tickFor({ command, dataBlock, write, proxyHeader }: ServerTimeouts): number {
  return Math.min(Math.max(Math.min(command, dataBlock, write, proxyHeader) / 8, 10), 500);
}
