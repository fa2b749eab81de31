/**
 * The server's half of TLS.
 *
 * @module
 */

import * as tls from "node:tls";
import { SmtpError } from "../errors.ts";
import type { Channel } from "./channel.ts";
import { TlsChannel } from "./tls_channel.ts";
import { late } from "./tls_errors.ts";
import { serverFacts } from "./tls_facts.ts";
import { checkVersions, type TlsVersion } from "./tls_versions.ts";
import { VerifiedCertificates } from "./verified_certificates.ts";

/** What a server's TLS rests on, made once for all its connections. */
export interface ServerContextOptions {
  /** The certificate chain, in PEM. */
  cert: string;
  /** The private key, in PEM. */
  key: string;
  /** The authorities that client certificates are verified against, in PEM. */
  ca?: readonly string[];
  /**
   * The lowest version.
   *
   * @default {"TLSv1.2"}
   */
  minVersion?: TlsVersion;
  /**
   * The highest version.
   *
   * @default {"TLSv1.3"}
   */
  maxVersion?: TlsVersion;
}

/** What {@linkcode createServerContext} has made. */
export interface ServerContext {
  /** What it was made of, the versions resolved. */
  readonly options: ServerContextOptions;
  /** The engine's form of it. */
  readonly secureContext: tls.SecureContext;
  /** The client certificates that were seen to hold under it. */
  readonly verified: VerifiedCertificates;
}

/** How one connection becomes a TLS connection, at the server. */
export interface ServerTlsOptions {
  /** The certificate and the versions. */
  context: ServerContext;
  /** Whether a certificate is asked of the client. */
  requestCert: boolean;
  /** Whether a client without a certificate that holds is refused; counts only where one is asked for. */
  rejectUnauthorized: boolean;
  /** How long the handshake may take, in milliseconds. */
  handshakeTimeout: number;
  /** The ALPN protocols to offer. */
  alpn?: readonly string[];
}

/**
 * Prepares what all TLS connections of a server share.
 *
 * @param options The certificate, its key, and the versions.
 * @param previous The context that this one takes over from, where a certificate is renewed: with the same authorities, the
 * clients that it has verified can go on resuming their sessions.
 * @returns The context.
 * @throws {TypeError} If the versions leave none to choose from.
 */
export function createServerContext(
  options: ServerContextOptions,
  previous?: ServerContext,
): ServerContext {
  const { cert, key, ca, minVersion = "TLSv1.2", maxVersion = "TLSv1.3" } = options;
  checkVersions(minVersion, maxVersion);
  const resolved = {
    cert,
    key,
    minVersion,
    maxVersion,
    ...(ca === undefined ? {} : { ca: [...ca] }),
  };
  return {
    options: resolved,
    secureContext: tls.createSecureContext(resolved),
    verified: previous !== undefined && sameTexts(previous.options.ca ?? [], ca ?? [])
      ? previous.verified
      : new VerifiedCertificates(),
  };
}

function sameTexts(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((text, i) => text === others[i]);
}

/**
 * Makes a TLS channel of a channel, as the server. The channel belongs to the TLS channel from now
 * on; if the handshake fails, it is closed.
 *
 * @param channel The channel, on which no read is outstanding.
 * @param options The certificate, and what is asked of the client.
 * @param leftover Octets that were read from the channel already and belong to the handshake.
 * @returns The TLS channel, once the handshake is over.
 * @throws {SmtpError} Kind `tls` if the handshake fails, `timeout` if it takes too long, `connection` if the connection is lost.
 */
export async function upgradeServer(
  channel: Channel,
  options: ServerTlsOptions,
  leftover: Uint8Array = new Uint8Array(0),
): Promise<Channel> {
  const secure = new TlsChannel(channel, leftover);
  const timer = setTimeout(
    () => secure.fail(late(options.handshakeTimeout)),
    options.handshakeTimeout,
  );
  try {
    if (options.requestCert) startVerifyingEngine(secure, options);
    else startEngine(secure, options);
  } catch (cause) {
    secure.engineFailed(cause);
  }
  try {
    await secure.established;
  } finally {
    clearTimeout(timer);
  }
  return secure;
}

function startEngine(secure: TlsChannel, options: ServerTlsOptions): void {
  const socket = new tls.TLSSocket(secure.gate.duplex, {
    isServer: true,
    secureContext: options.context.secureContext,
    ...(options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] }),
  });
  const failed = (cause: unknown): void => secure.engineFailed(cause);
  socket.on("error", failed);
  // What an engine without a tls.Server says of a fault after the handshake, before it closes.
  socket.on("_tlsError", failed);
  // Comes only once. A listener that is removed turns the table of all of them into a larger one.
  socket.on("secure", () => secure.adopt(socket, serverFacts(socket, null)));
}

/**
 * The engine says whether a client's certificate holds only through a `tls.Server`. That takes a
 * good part of a millisecond to make, so the common case does without. It never listens, so there
 * is nothing to close.
 */
function startVerifyingEngine(secure: TlsChannel, options: ServerTlsOptions): void {
  const engine = new tls.Server({
    ...options.context.options,
    ca: [...options.context.options.ca ?? []],
    requestCert: true,
    // Whether the certificate holds is decided below, where it can be said why not.
    rejectUnauthorized: false,
    // What is left of a handshake that failed stays in memory until then. Our own timer comes first.
    handshakeTimeout: options.handshakeTimeout + 100,
    ...(options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] }),
  });
  engine.on("secureConnection", (socket: tls.TLSSocket) => {
    socket.on("error", (cause) => secure.engineFailed(cause));
    const facts = serverFacts(socket, options.context.verified);
    if (options.rejectUnauthorized && !facts.authorized) {
      socket.destroy();
      secure.fail(clientRefused(facts.authorizationError));
    } else {
      secure.adopt(socket, facts);
    }
  });
  engine.on("tlsClientError", (cause, socket) => {
    socket.on("error", () => {});
    secure.engineFailed(cause);
  });
  engine.emit("connection", secure.gate.duplex);
}

function clientRefused(reason: string | null): SmtpError {
  const why = reason === "NO_CERTIFICATE" ? "it showed none" : `it does not hold (${reason})`;
  return new SmtpError("tls", `Cannot accept the client's certificate: ${why}`);
}
