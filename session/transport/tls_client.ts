/**
 * The client's half of TLS.
 *
 * @module
 */

import { isIP } from "node:net";
import * as tls from "node:tls";
import { EMPTY } from "../wire/bytes.ts";
import { bounded } from "./bounded.ts";
import type { Channel } from "./channel.ts";
import { upgradeLegacyClient } from "./legacy/client.ts";
import { serverHelloParser } from "./server_hello.ts";
import { TlsChannel } from "./tls_channel.ts";
import { aborted, certificateError, late, legacyRefused } from "./tls_errors.ts";
import { clientFacts } from "./tls_facts.ts";
import { checkVersions, isLegacy, type TlsVersion } from "./tls_versions.ts";

/** How one connection becomes a TLS connection, at the client. */
export interface ClientTlsOptions {
  /** The host that the certificate must name; sent as SNI unless it is an IP address. */
  servername: string;
  /** Whether the certificate must hold. */
  verify: boolean;
  /** Authorities to trust beside those that the runtime trusts, in PEM. */
  ca?: readonly string[];
  /** Our own certificate chain, in PEM, for a server that asks. */
  cert?: string;
  /** Our own private key, in PEM. */
  key?: string;
  /** The protocols to offer by ALPN; what was agreed on, if anything, is in the channel's facts. */
  alpn?: readonly string[];
  /**
   * The lowest version.
   *
   * @default {"TLSv1.2", where the highest is lower "TLSv1"}
   */
  minVersion?: TlsVersion;
  /**
   * The highest version. Below TLS 1.2 another engine serves, which is loaded on use, and has neither client certificates
   * nor ALPN.
   *
   * @default {"TLSv1.3"}
   */
  maxVersion?: TlsVersion;
  /** Whether a TLS 1.2 server may lack secure renegotiation ([RFC 5746](https://www.rfc-editor.org/rfc/rfc5746)). */
  legacyRenegotiation: boolean;
  /** How long the handshake may take, in milliseconds. */
  timeout: number;
  /** Ends the handshake. */
  signal?: AbortSignal;
}

/**
 * Makes a TLS channel of a channel, as the client. The channel belongs to the TLS channel from now
 * on; if the handshake fails, it is closed.
 *
 * @param channel The channel, on which no read is outstanding and from which nothing is left over.
 * @param options Whom to expect, and whether to insist.
 * @returns The TLS channel, once the handshake is over and the server's certificate is verified.
 * @throws {SmtpError} Kind `tls` if the handshake fails or the certificate does not hold, `timeout` if it takes too long,
 * `aborted` if the signal ends it, `connection` if the connection is lost.
 * @throws {TypeError} If the versions leave none to choose from.
 */
export async function upgradeClient(channel: Channel, options: ClientTlsOptions): Promise<Channel> {
  const { legacyRenegotiation, timeout, signal, minVersion, maxVersion = "TLSv1.3" } = options;
  const legacy = isLegacy(maxVersion);
  checkVersions(minVersion ?? (legacy ? "TLSv1" : "TLSv1.2"), maxVersion);
  if (legacy) {
    return await bounded(channel, timeout, () => upgradeLegacyClient(channel, options), signal);
  }
  const hello = serverHelloParser();
  const secure = new TlsChannel(channel, EMPTY, (bytes) => {
    const finding = hello.done ? null : hello.push(bytes);
    if (finding === null || legacyRenegotiation) return true;
    if (finding.version > TLS_1_2 || finding.secureRenegotiation) return true;
    secure.fail(legacyRefused());
    return false;
  });
  const timer = setTimeout(() => secure.fail(late(timeout)), timeout);
  const abort = (): void => secure.fail(aborted(signal));
  signal?.addEventListener("abort", abort);
  try {
    if (signal?.aborted) abort();
    else clientEngine(secure, options);
  } catch (cause) {
    secure.engineFailed(cause);
  }
  try {
    await secure.established;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
  return secure;
}

const TLS_1_2 = 0x0303;

function clientEngine(secure: TlsChannel, options: ClientTlsOptions): void {
  const { servername: host, ca, cert, key, alpn } = options;
  const sni = isIP(host) === 0 ? host : null;
  const socket = tls.connect({
    socket: secure.gate.duplex,
    host,
    ...(sni === null ? {} : { servername: sni }),
    ca: ca === undefined ? undefined : [...ca],
    cert,
    key,
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    minVersion: options.minVersion ?? "TLSv1.2",
    maxVersion: options.maxVersion ?? "TLSv1.3",
    // Whether the certificate holds is decided below, where it can be said why not.
    rejectUnauthorized: false,
    checkServerIdentity: checkIdentity,
  });
  socket.on("error", (cause) => secure.engineFailed(cause));
  socket.once("secureConnect", () => {
    const facts = clientFacts(socket, sni);
    const code = facts.authorizationError;
    if (options.verify && code !== null) {
      socket.destroy();
      secure.fail(certificateError(host, code));
    } else {
      secure.adopt(socket, facts);
    }
  });
}

/** As the engine's own check, but a name in the subject alone does not count (RFC 9525 section 2). */
function checkIdentity(host: string, certificate: tls.PeerCertificate): Error | undefined {
  const names = certificate.subjectaltname ?? "";
  if (names.includes("DNS:") || names.includes("IP Address:")) {
    return tls.checkServerIdentity(host, certificate);
  }
  return Object.assign(new Error("No subject alternative name"), { code: "NO_SUBJECT_ALT_NAME" });
}
