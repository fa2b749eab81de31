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
import { type Mechanism, mechanism, MECHANISMS } from "../session/sasl/mod.ts";
import { parseHelloName } from "../session/wire/domain.ts";
import { ascii } from "../session/wire/bytes.ts";
import { checkOptions } from "./option_checks.ts";
import type { ServerOptions } from "./options.ts";
import { Protocol, type ProtocolRange, protocolRange } from "./protocol.ts";
import { parseNetwork } from "./addresses.ts";

/** What a running server goes by. */
export interface ResolvedOptions {
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
  /** Whether a client certificate must be valid, where one is asked for. */
  readonly verifyClients: boolean;
  /** Whether mail needs a login. */
  readonly authRequired: boolean;
  /** The mechanisms offered, in the order of the option. */
  readonly mechanisms: readonly Mechanism[];
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
  const implicitTls = options.ssl !== false && (tls.implicit ?? port === 465);
  const withTls = options.ssl !== false && hasCertificate;
  needCertificate(options, implicitTls, hasCertificate);
  return Object.freeze({
    hostname: options.hostname ?? "0.0.0.0",
    port,
    name: serverName(options.name),
    implicitTls,
    tlsRequired: tls.required ?? false,
    protocols: protocolRange(
      protocol("minProtocol", options.minProtocol ?? Protocol.tls1_2),
      protocol("maxProtocol", options.maxProtocol ?? Protocol.tls1_3),
    ),
    verifyClients: tls.verify ?? options.verifyCertificate ?? true,
    authRequired: options.auth?.required ?? Boolean(options.onLogin),
    mechanisms: (options.auth?.mechanisms ?? ["PLAIN", "LOGIN"]).map(knownMechanism),
    insecureAuth: oneOf(
      "auth.insecure",
      options.auth?.insecure ?? (withTls ? "never" : "loopback"),
      ["never", "loopback", "always"],
    ),
    maxConnections: within("maxConnections", options.maxConnections ?? MAX_CONNECTIONS, 1, 1e6),
    poolSize: within("poolSize", options.poolSize ?? 1, 1, 256),
    threads: within("threads", options.threads ?? 1, 1, 64),
    strict: options.strict ?? false,
    limits: resolveLimits(options.limits),
    timeouts: resolveTimeouts(options.timeouts),
  });
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

function knownMechanism(name: string): Mechanism {
  const known = mechanism(name);
  if (known === undefined) {
    const names = MECHANISMS.map((one) => one.name).join(", ");
    throw new TypeError(`Cannot offer the mechanism "${name}": known are ${names}`);
  }
  return known;
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
    if (key !== "exempt") within(`limits.${key}`, value as number, 1, Number.MAX_SAFE_INTEGER);
  }
  within("limits.commandLine", limits.commandLine, 512, limits.authLine);
  for (const network of limits.exempt) parseNetwork(network);
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
