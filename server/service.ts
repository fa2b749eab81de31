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
import type { SmtpError } from "../session/errors.ts";
import type { OctetBudget } from "./body.ts";
import type { Handlers } from "./handler_pool/mod.ts";
import type { Phrases } from "./phrases.ts";
import type { ResolvedOptions } from "./resolve.ts";

/** Who is at the other end, and where the client reached us. */
export interface Peer {
  /** The connection's number. */
  readonly id: number;
  /** The peer's end. */
  readonly remote: Endpoint;
  /** Our end. */
  readonly local: Endpoint;
}

/** The server, as a connection sees it. */
export interface Service {
  /** Its options. */
  readonly options: ResolvedOptions;
  /** Its handlers. */
  readonly handlers: Handlers;
  /** Its greetings. */
  readonly phrases: Phrases;
  /** The octets of all messages in flight. */
  readonly budget: OctetBudget;
  /** The large buffers, for reads and for messages. */
  readonly buffers: BufferPool;
  /** The watch over every connection's deadline. */
  readonly deadlines: Deadlines;
  /** How to set up TLS; null where there is none. A reload of the certificate replaces it. */
  tls: ServerTlsOptions | null;
  /** The user's trace, where it is set. */
  readonly trace: ((line: TraceLine) => void) | null;
  /** Told of a connection that was lost, or whose TLS could not be set up: a client's doing. */
  lost(error: SmtpError, peer: Peer): void;
  /** Told of every fault that is not a client's. */
  fault(error: unknown, where: string): void;
}
