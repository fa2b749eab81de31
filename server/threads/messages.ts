/**
 * What the thread of the application and a network thread say to each other. Calls and answers travel as they do to and
 * from the worker of a handler; both sides are ours, so that nothing is checked twice.
 *
 * @module
 */

import type { CallsMessage, ResultMessage } from "../../session/handler/messages.ts";
import type { EventName } from "../../session/handler/session.ts";
import type { SmtpErrorKind } from "../../session/errors.ts";
import { readMechanisms } from "../../session/sasl/mod.ts";
import type { TraceLine } from "../../session/trace.ts";
import {
  createServerContext,
  type ServerContextOptions,
  type ServerTlsOptions,
} from "../../session/transport/tls.ts";
import type { Entry } from "../network/admission.ts";
import type { ResolvedOptions } from "../resolve.ts";
import type { Peer } from "../service.ts";

/** The first message to a thread. */
export interface ThreadInit {
  /** The server's options; the port is that to listen on. */
  readonly options: PortableOptions;
  /** The events that have a handler. */
  readonly events: readonly EventName[];
  /** Whether the dialogues are traced. */
  readonly traced: boolean;
  /** How to set up TLS; null where there is none. */
  readonly tls: PortableTls | null;
  /** What `SharedBudget` counts in. */
  readonly octets: BigInt64Array;
  /** The thread's number, from 1. */
  readonly number: number;
}

/** The options, without what cannot cross: a mechanism goes by its name. */
export type PortableOptions = Omit<ResolvedOptions, "mechanisms"> & {
  readonly mechanisms: readonly string[];
};

/** How to set up TLS, without the engine's own objects. */
export type PortableTls = Omit<ServerTlsOptions, "context"> & {
  readonly context: ServerContextOptions;
};

/** An error without its class. */
export type PortableError = Pick<Error, "name" | "message" | "stack">;

/** What a thread tells, in the order in which it came up. */
export type News =
  /** A client has connected, and waits to be let in. */
  | { readonly kind: "enter"; readonly ip: string }
  /** A connection has ended. */
  | { readonly kind: "leave"; readonly id: number }
  | { readonly kind: "trace"; readonly line: TraceLine }
  | {
    readonly kind: "lost";
    readonly cause: SmtpErrorKind;
    readonly message: string;
    readonly peer: Peer;
  }
  | { readonly kind: "fault"; readonly error: PortableError; readonly where: string };

/** What a thread says. */
export type FromThread =
  /** It accepts connections. */
  | { readonly kind: "listening"; readonly addr: Deno.NetAddr }
  /** It cannot listen. */
  | { readonly kind: "refused"; readonly reason: string }
  /** What has come up since the last of these, which has been answered. */
  | { readonly kind: "batch"; readonly news: readonly News[]; readonly calls: CallsMessage | null }
  /** It listens no more; why, where that was not asked for. */
  | { readonly kind: "finished"; readonly error: PortableError | null }
  /** All its connections have ended; so many were cut. */
  | { readonly kind: "stopped"; readonly aborted: number };

/** What the application's thread says. */
export type ToThread =
  /** The answers to a batch as far as there are any, those to `enter` in their order; later ones come the same way. */
  | {
    readonly kind: "answers";
    readonly entries: readonly Entry[];
    readonly results: readonly ResultMessage[];
    /** The buffers of large messages, to be used again. */
    readonly spent: readonly ArrayBuffer[];
  }
  /** Another certificate. */
  | { readonly kind: "reload"; readonly tls: PortableTls }
  /** Listen no more. */
  | { readonly kind: "close" }
  /** Let the connections end. */
  | { readonly kind: "stop" };

/**
 * Makes options fit to cross.
 *
 * @param options The options.
 * @param port The port to listen on.
 * @returns The same as plain data.
 */
export function packOptions(options: ResolvedOptions, port: number): PortableOptions {
  return { ...options, port, mechanisms: options.mechanisms.map(({ name }) => name) };
}

/**
 * Undoes {@linkcode packOptions}.
 *
 * @param options The options as they came.
 * @returns The options.
 */
export function unpackOptions(options: PortableOptions): ResolvedOptions {
  return { ...options, mechanisms: readMechanisms("auth.mechanisms", options.mechanisms) };
}

/**
 * Makes what is needed for TLS fit to cross.
 *
 * @param tls How to set up TLS.
 * @returns The same as plain data.
 */
export function packTls(tls: ServerTlsOptions): PortableTls {
  return { ...tls, context: tls.context.options };
}

/**
 * Undoes {@linkcode packTls}.
 *
 * @param tls It as it came.
 * @param previous What it replaces.
 * @returns How to set up TLS in this thread.
 */
export function unpackTls(tls: PortableTls, previous: ServerTlsOptions | null): ServerTlsOptions {
  return { ...tls, context: createServerContext(tls.context, previous?.context) };
}

/**
 * Takes an error apart.
 *
 * @param thrown What was thrown.
 * @returns What crosses of it.
 */
export function packError(thrown: unknown): PortableError {
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { name, message, stack };
}

/**
 * Puts an error together again.
 *
 * @param error What crossed of it.
 * @returns An error of the same name, message and stack.
 */
export function unpackError(error: PortableError): Error {
  return Object.assign(new Error(error.message), error);
}
