/**
 * The server's half of TLS.
 *
 * @module
 */

import * as tls from "node:tls";
import { SmtpError } from "../errors.ts";
import { concat, EMPTY } from "../wire/bytes.ts";
import { bounded } from "./bounded.ts";
import type { Channel } from "./channel.ts";
import { clientHelloParser } from "./client_hello.ts";
import { upgradeLegacyServer } from "./legacy/server.ts";
import { TlsChannel } from "./tls_channel.ts";
import { late } from "./tls_errors.ts";
import { certificateFor, engineOptions, type SaslServerContext } from "./tls_context.ts";
import { serverFacts } from "./tls_facts.ts";
import { isLegacy, wireVersion } from "./tls_versions.ts";

/** The pieces of a ClientHello that are kept apart. */
const MOST_PIECES = 64;

/** How one connection becomes a TLS connection, at the server. */
export interface ServerTlsOptions {
  /** The certificates and the versions. */
  context: SaslServerContext;
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
  leftover: Uint8Array = EMPTY,
): Promise<Channel> {
  const { minVersion = "TLSv1.2" } = options.context.options;
  const { handshakeTimeout: timeout } = options;
  if (!isLegacy(minVersion)) return await upgradeModern(channel, options, leftover);
  const end = performance.now() + timeout;
  const taken = await bounded(channel, timeout, () => takeLegacy(channel, options, leftover));
  if (!(taken instanceof Uint8Array)) return taken;
  const left = { ...options, handshakeTimeout: Math.max(1, end - performance.now()) };
  return await upgradeModern(channel, left, taken);
}

/** Reads the ClientHello, and serves a client that has nothing newer than TLS 1.1; else returns what it has read. */
async function takeLegacy(
  channel: Channel,
  { context }: ServerTlsOptions,
  leftover: Uint8Array,
): Promise<Channel | Uint8Array> {
  const parser = clientHelloParser();
  const octets: Uint8Array[] = [leftover.slice()];
  parser.push(leftover);
  while (!parser.done) {
    const more = await channel.read();
    if (more === null) {
      const message = "Cannot set up TLS: the peer closed the connection in the handshake";
      throw new SmtpError("tls", message);
    }
    parser.push(more);
    octets.push(more.slice());
    // A client that sends drop by drop must not cost an array for each octet.
    if (octets.length === MOST_PIECES) octets.splice(0, MOST_PIECES, concat(octets));
  }
  const hello = parser.finding;
  const { maxVersion = "TLSv1.3" } = context.options;
  const modern = hello === null || hello.version >= wireVersion("TLSv1.2") && !isLegacy(maxVersion);
  const read = concat(octets);
  return modern ? read : await upgradeLegacyServer(channel, context, hello, read);
}

async function upgradeModern(
  channel: Channel,
  options: ServerTlsOptions,
  leftover: Uint8Array,
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
    secureContext: certificateFor(options.context, null).secureContext,
    ...negotiation(options),
  });
  const failed = (cause: unknown): void => secure.engineFailed(cause);
  socket.on("error", failed);
  // What an engine without a tls.Server says of a fault after the handshake, before it closes.
  socket.on("_tlsError", failed);
  // Comes only once. A listener that is removed turns the table of all of them into a larger one.
  socket.on("secure", () => secure.adopt(socket, serverFacts(socket, options.context, false)));
}

/**
 * The engine says whether a client's certificate holds only through a `tls.Server`. That takes a
 * good part of a millisecond to make, so the common case does without. It never listens, so there
 * is nothing to close.
 */
function startVerifyingEngine(secure: TlsChannel, options: ServerTlsOptions): void {
  const engine = new tls.Server({
    ...engineOptions(options.context.options),
    requestCert: true,
    // Whether the certificate holds is decided below, where it can be said why not.
    rejectUnauthorized: false,
    // What is left of a handshake that failed stays in memory until then. Our own timer comes first.
    handshakeTimeout: options.handshakeTimeout + 100,
    ...negotiation(options),
  });
  engine.on("secureConnection", (socket: tls.TLSSocket) => {
    socket.on("error", (cause) => secure.engineFailed(cause));
    const facts = serverFacts(socket, options.context, true);
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

/** What depends on the ClientHello. Without a second certificate, the engine need not ask which one. */
function negotiation({ context, alpn }: ServerTlsOptions): tls.TLSSocketOptions {
  return {
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(context.certificates.length === 1 ? {} : {
      SNICallback: (servername, done) =>
        done(null, certificateFor(context, servername).secureContext),
    }),
  };
}

function clientRefused(reason: string | null): SmtpError {
  const why = reason === "NO_CERTIFICATE" ? "it showed none" : `it does not hold (${reason})`;
  return new SmtpError("tls", `Cannot accept the client's certificate: ${why}`);
}
