/**
 * The beginning of a session: the connection, the greeting, EHLO and TLS.
 *
 * @module
 */

import { SmtpError } from "../session/errors.ts";
import { type ClientTlsOptions, upgradeClient } from "../session/transport/tls.ts";
import { UNAVAILABLE } from "../session/wire/attributes.ts";
import { parseCapabilities } from "../session/wire/capabilities.ts";
import type { Reply } from "../session/wire/reply.ts";
import { command } from "./connection/command.ts";
import { Connection } from "./connection/connection.ts";
import type { Dial } from "./dial.ts";
import { AuthMode, type TlsPlan } from "./enums.ts";
import { isPositive, misplaced, refusal } from "./connection/replies.ts";
import { sendProxyHeader } from "./proxy.ts";
import { speakFor } from "./xclient.ts";
import { clientLog } from "./log.ts";
import type { ConnectionConfig } from "./options.ts";
import type { Settings } from "./settings.ts";

/** What a session is begun with. */
export interface StartOptions {
  /** What the client has been told. */
  readonly settings: Readonly<Settings>;
  /** How to reach the server. */
  readonly dial: Dial;
  /** The port to connect to. */
  readonly port: number;
  /** How to authenticate later. */
  readonly authMode: AuthMode;
  /** Whether and when TLS comes. */
  readonly plan: TlsPlan;
  /** Ends the attempt. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to the server, up to where it can be used.
 *
 * @param options Where to, and how.
 * @param config What the connection needs to know.
 * @returns The connection, after EHLO (or HELO).
 * @throws {SmtpError} If the server cannot be reached, refuses, does not speak SMTP, or does not have the TLS that is required.
 */
export async function start(options: StartOptions, config: ConnectionConfig): Promise<Connection> {
  const { settings, dial, port, plan, signal } = options;
  const { host, timeout } = settings;
  const plain = await dial({ host, port, timeout, signal });
  if (settings.proxy !== null) await sendProxyHeader(plain, settings.proxy);
  const channel = plan === "implicit" ? await upgradeClient(plain, tlsOptions(options)) : plain;
  const connection = new Connection(channel, config);
  try {
    await connection.run(signal, () => open(connection, options));
    // Something came behind the last reply that nobody had asked for.
    if (connection.failure !== null) throw connection.failure;
    const tls = connection.ends.tls?.protocol ?? "none";
    clientLog().debug("Connected to {host}, port {port}, TLS {tls}", { host, port, tls });
    if (tls === "TLSv1" || tls === "TLSv1.1") {
      clientLog().warn("Connected by {tls}, which is broken (RFC 8996): tls.legacy is true", {
        tls,
      });
    }
    return connection;
  } catch (error) {
    // A server that refuses is told goodbye by no more than the end of the connection.
    connection.close();
    throw connection.failure ?? error;
  }
}

async function open(connection: Connection, options: StartOptions): Promise<void> {
  const greeting = await connection.receive(connection.timeouts.greeting, "the connection");
  if (greeting.code >= 400) throw refusal("connect", "the connection", greeting);
  // Anything but 220 is not a greeting: a 250 or 235 here was meant for a command that was not sent.
  if (greeting.code !== 220) throw misplaced("the connection", greeting);
  await hello(connection, options);
  const mayUpgrade = options.plan === "required" || options.plan === "opportunistic";
  if (mayUpgrade && await startTls(connection, options)) await hello(connection, options);
  const { xclient } = options.settings;
  if (xclient === null) return;
  await speakFor(connection, xclient);
  // Some servers go by the name that comes last.
  const { HELO: name = UNAVAILABLE } = xclient;
  const settings = name === UNAVAILABLE ? options.settings : { ...options.settings, name };
  await hello(connection, { ...options, settings });
}

/** EHLO, or HELO where the server does not know EHLO and nothing that is needed depends on it (RFC 5321 3.2); LHLO (RFC 2033 4.1). */
async function hello(connection: Connection, options: StartOptions): Promise<void> {
  const name = options.settings.name ?? addressLiteral(connection.ends.local.ip);
  const lmtp = options.settings.protocol === "lmtp";
  const ehlo = command([lmtp ? "LHLO" : "EHLO", name]);
  const reply = await connection.ask(ehlo);
  if (isPositive(reply)) {
    connection.capabilities = parseCapabilities(reply.lines);
    return;
  }
  const unknown = reply.code === 500 || reply.code === 502;
  const needed = lmtp || options.authMode !== AuthMode.none ||
    options.plan === "required" && connection.ends.tls === null;
  if (!unknown || needed) throw answered("connect", ehlo.shown, reply);
  const helo = command(["HELO", name]);
  const second = await connection.ask(helo);
  if (!isPositive(second)) throw answered("connect", helo.shown, second);
}

/** Whether TLS was set up. Where it is required, all else is an error (RFC 3207 section 4.1). */
async function startTls(connection: Connection, options: StartOptions): Promise<boolean> {
  const required = options.plan === "required";
  if (!connection.capabilities.has("STARTTLS")) {
    if (!required) return false;
    throw new SmtpError(
      "tls",
      "Cannot connect: TLS is required and the server does not offer STARTTLS, which somebody in between may have hidden",
      { temporary: false },
    );
  }
  const reply = await connection.ask(command(["STARTTLS"]));
  if (reply.code !== 220) {
    if (!required && reply.code >= 400) return false;
    throw answered("set up TLS", "STARTTLS", reply);
  }
  await connection.upgrade(tlsOptions(options));
  return true;
}

function answered(action: string, command: string, reply: Reply): SmtpError {
  return reply.code >= 400 ? refusal(action, command, reply) : misplaced(command, reply);
}

/**
 * How TLS is to be set up.
 *
 * @param options What the client has been told.
 * @returns The same, in the words of the TLS path.
 */
export function tlsOptions(options: StartOptions): ClientTlsOptions {
  const { settings, signal } = options;
  const { tls, host, timeout } = settings;
  return {
    servername: tls.servername ?? host,
    verify: settings.verifyServerCertificate,
    ca: tls.ca.length > 0 ? tls.ca : undefined,
    cert: tls.cert ?? undefined,
    key: tls.key ?? undefined,
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    alpn: tls.alpn.length > 0 ? tls.alpn : undefined,
    legacyRenegotiation: settings.allowUnsafeLegacyRenegotiation ||
      settings.useLegacyServerConnect,
    timeout,
    signal,
  };
}

/** A client without a name of its own gives its address (RFC 5321 section 4.1.4). */
function addressLiteral(ip: string): string {
  const bare = ip.split("%", 1)[0];
  return bare.includes(":") ? `[IPv6:${bare}]` : `[${bare}]`;
}
