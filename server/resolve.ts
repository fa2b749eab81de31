/**
 * A server's options, checked once and with every default filled in.
 *
 * @module
 */

import {
  MAX_CONNECTIONS,
  SERVER_LIMITS,
  SERVER_TIMEOUTS,
  type ServerLimits,
  type ServerTimeouts,
} from "../session/limits.ts";
import { checkAlpn } from "../session/transport/alpn.ts";
import { parseHelloName } from "../session/wire/domain.ts";
import { ascii } from "../session/wire/bytes.ts";
import { resolveAuth, type ResolvedAuth } from "./auth_options.ts";
import { type ExtensionOptions, resolveExtensions } from "./extensions/options.ts";
import { checkOptions } from "./option_checks.ts";
import type { ServerOptions } from "./options.ts";
import { Protocol, type ProtocolRange, protocolRange } from "./protocol.ts";
import { checkNetworks } from "./network/addresses.ts";
import { resolveTrust, type TrustOptions } from "./network/trust.ts";

/** What a running server goes by. */
export interface ResolvedOptions extends ResolvedAuth {
  /** What is spoken. */
  readonly protocol: "smtp" | "lmtp";
  /** The path of the Unix socket to listen on; null: it listens on TCP. */
  readonly path: string | null;
  /** The address to listen on. */
  readonly hostname: string;
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The name in the greeting; null: the address literal of the connection. */
  readonly name: string | null;
  /** Whether TLS comes before the greeting. */
  readonly implicitTls: boolean;
  /** Whether mail needs TLS. */
  readonly tlsRequired: boolean;
  /** The versions of TLS. */
  readonly protocols: ProtocolRange;
  /** The protocols to agree on by ALPN; empty: it is not answered. */
  readonly alpn: readonly string[];
  /** Whether a client certificate must be valid, where one is asked for. */
  readonly verifyClients: boolean;
  /** Whether mail needs a login. */
  readonly authRequired: boolean;
  /** Who may log in without TLS. */
  readonly insecureAuth: "never" | "loopback" | "always";
  /** Simultaneous connections. */
  readonly maxConnections: number;
  /** Workers kept for each script. */
  readonly poolSize: number;
  /** Threads that accept and serve connections. */
  readonly threads: number;
  /** Whether a space after `FROM:` is refused. */
  readonly strict: boolean;
  /** The extensions that can be switched. */
  readonly extensions: Readonly<Required<ExtensionOptions>>;
  /** The networks whose peers are believed when they speak for a client. */
  readonly trust: Readonly<Required<TrustOptions>>;
  /** Whether each message gets a `Received` field. */
  readonly addReceived: boolean;
  /** What is accepted at the most. */
  readonly limits: ServerLimits;
  /** How long the server waits, in milliseconds. */
  readonly timeouts: ServerTimeouts;
}

/**
 * Checks the options of a server.
 *
 * @param options What the user said.
 * @param hasCertificate Whether a certificate is set.
 * @returns Every value, defaults filled in.
 * @throws {TypeError} If an option is not known or has the wrong type.
 * @throws {RangeError} If a number is out of its range.
 */
export function resolveOptions(options: ServerOptions, hasCertificate: boolean): ResolvedOptions {
  checkOptions(options);
  const tls = options.tls ?? {};
  const port = within("port", options.port ?? 2525, 0, 65535);
  const path = pathOf(options);
  const implicitTls = options.ssl !== false && (tls.implicit ?? (port === 465 && path === null));
  const withTls = options.ssl !== false && hasCertificate;
  const timeouts = resolveTimeouts(options.timeouts);
  needCertificate(options, implicitTls, hasCertificate);
  return Object.freeze({
    protocol: spoken(options, port),
    path,
    hostname: options.hostname ?? "0.0.0.0",
    port,
    name: serverName(options.name),
    implicitTls,
    tlsRequired: tls.required ?? false,
    protocols: protocolsOf(options),
    alpn: checkAlpn(tls.alpn ?? []),
    verifyClients: tls.verify ?? options.verifyCertificate ?? true,
    authRequired: options.auth?.required ?? Boolean(options.onLogin),
    ...resolveAuth(options.auth ?? {}, options.threads ?? 1, timeouts.handler),
    insecureAuth: oneOf(
      "auth.insecure",
      options.auth?.insecure ?? (withTls ? "never" : "loopback"),
      ["never", "loopback", "always"],
    ),
    maxConnections: within("maxConnections", options.maxConnections ?? MAX_CONNECTIONS, 1, 1e6),
    poolSize: within("poolSize", options.poolSize ?? 1, 1, 256),
    threads: threadsOf(options),
    strict: options.strict ?? false,
    extensions: resolveExtensions(options.extensions),
    trust: resolveTrust(options.trust),
    addReceived: options.addReceived ?? false,
    limits: resolveLimits(options.limits),
    timeouts,
  });
}

function spoken({ protocol = "smtp", path }: ServerOptions, port: number): "smtp" | "lmtp" {
  oneOf("protocol", protocol, ["smtp", "lmtp"]);
  if (protocol === "lmtp" && port === 25 && path === undefined) {
    throw new RangeError(
      'Cannot start: "port" must be another than that of SMTP where "protocol" is "lmtp" (RFC 2033), got 25',
    );
  }
  return protocol;
}

function protocolsOf({ minProtocol, maxProtocol, tls }: ServerOptions): ProtocolRange {
  const legacy = tls?.legacy ?? false;
  return protocolRange(
    protocol("minProtocol", minProtocol ?? (legacy ? Protocol.tls1_0 : Protocol.tls1_2)),
    protocol("maxProtocol", maxProtocol ?? Protocol.tls1_3),
    legacy,
  );
}

function pathOf({ path }: ServerOptions): string | null {
  // The system would make up a name, or take what is behind the NUL for one that is in no folder.
  if (path === "" || path?.includes("\0")) {
    throw new TypeError(`Cannot start: "path" must name a file, got ${JSON.stringify(path)}`);
  }
  return path ?? null;
}

function threadsOf({ threads = 1, path }: ServerOptions): number {
  if (path !== undefined && threads !== 1) {
    throw new RangeError(`Cannot start: "threads" must be 1 where "path" is set, got ${threads}`);
  }
  return within("threads", threads, 1, 64);
}

function needCertificate(options: ServerOptions, implicit: boolean, has: boolean): void {
  for (const key of ["required", "implicit"] as const) {
    if (options.ssl === false && options.tls?.[key]) {
      throw new TypeError(`Cannot start: "tls.${key}" is true, but "ssl" is false`);
    }
  }
  if (has) return;
  const why = options.ssl === true
    ? '"ssl" is true'
    : implicit
    ? "the port has implicit TLS"
    : options.tls?.required
    ? '"tls.required" is true'
    : null;
  if (why !== null) {
    throw new TypeError(`Cannot start: ${why}, but no certificate is set; call setCertificate()`);
  }
}

function serverName(name: string | undefined): string | null {
  if (name === undefined) return hostName();
  try {
    return parseHelloName(ascii(name));
  } catch (cause) {
    throw new TypeError(
      'Cannot start: "name" must be a domain such as mx.example.org or an address literal',
      { cause },
    );
  }
}

function hostName(): string | null {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  if (state !== "granted") return null;
  try {
    return parseHelloName(ascii(Deno.hostname()));
  } catch {
    return null;
  }
}

function protocol(key: string, value: Protocol): Protocol {
  if (!Object.values(Protocol).includes(value)) {
    throw new RangeError(
      `Cannot start: "${key}" must be a value of Protocol (2 to 5), got ${value}`,
    );
  }
  return value;
}

function resolveLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  const limits = { ...SERVER_LIMITS, ...defined(given) };
  for (const [key, value] of Object.entries(limits)) {
    const isDefault = value === SERVER_LIMITS[key as keyof ServerLimits]; // may be Infinity
    if (key === "exempt" || isDefault) continue;
    within(`limits.${key}`, value as number, 1, Number.MAX_SAFE_INTEGER);
  }
  within("limits.commandLine", limits.commandLine, 512, limits.authLine);
  checkNetworks("limits.exempt", limits.exempt);
  return Object.freeze(limits);
}

function resolveTimeouts(given: Partial<ServerTimeouts> = {}): ServerTimeouts {
  const timeouts = { ...SERVER_TIMEOUTS, ...defined(given) };
  for (const [key, value] of Object.entries(timeouts)) {
    within(`timeouts.${key}`, value, key === "stop" ? 0 : 1, 2 ** 31 - 1);
  }
  return Object.freeze(timeouts);
}

function defined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}

function within(key: string, value: number, least: number, greatest: number): number {
  if (!Number.isInteger(value) || value < least || value > greatest) {
    throw new RangeError(
      `Cannot start: "${key}" must be ${least} to ${greatest}, got ${JSON.stringify(value)}`,
    );
  }
  return value;
}

function oneOf<T extends string>(key: string, value: T, values: readonly T[]): T {
  if (!values.includes(value)) {
    throw new TypeError(`Cannot start: "${key}" must be one of ${values.join(", ")}, got ${value}`);
  }
  return value;
}
