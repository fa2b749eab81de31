/**
 * The options of a client, checked, each read once.
 *
 * @module
 */

import type { Attributes } from "../session/wire/attributes.ts";
import { parseHelloName } from "../session/wire/domain.ts";
import { ascii } from "../session/wire/bytes.ts";
import { readMechanisms, type SaslMechanism } from "../session/sasl/mod.ts";
import type { TraceLine } from "../session/trace.ts";
import {
  checkBoolean,
  checkInteger,
  checkKeys,
  checkMember,
  checkText,
  checkToken,
  show,
} from "./checks.ts";
import { AuthMode, defaultPort, EncryptMode } from "./enums.ts";
import { checkProxy, type ProxySettings } from "./proxy.ts";
import { checkXclient } from "./xclient.ts";
import {
  CLIENT_LIMITS,
  CLIENT_TIMEOUTS,
  type ClientLimits,
  type ClientOptions,
  type ClientTimeouts,
  type TokenFunction,
} from "./options.ts";
import { checkTls, type TlsSettings } from "./tls_settings.ts";

/** The longest time that a timer of the runtime's can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** The port that IANA lists for LMTP, which must not be that of SMTP (RFC 2033 section 5). */
const LMTP_PORT = 24;

/** What a client has been told; null where a default depends on something else. */
export interface Settings {
  host: string;
  port: number | null;
  path: string | null;
  proxy: ProxySettings | null;
  xclient: Attributes | null;
  protocol: "smtp" | "lmtp";
  encryptMode: EncryptMode | null;
  authMode: AuthMode | null;
  username: string;
  password: string;
  token: string | TokenFunction | null;
  authzid: string | null;
  mechanisms: readonly SaslMechanism[] | null;
  timeout: number;
  verifyServerCertificate: boolean;
  allowUnsafeLegacyRenegotiation: boolean;
  useLegacyServerConnect: boolean;
  name: string | null;
  insecureAuth: boolean;
  chunking: boolean;
  tls: Readonly<TlsSettings>;
  timeouts: ClientTimeouts;
  limits: ClientLimits;
  trace: ((line: TraceLine) => void) | null;
}

/** One check for each setting: the value, or an error that names the setting. */
export const CHECKS: { readonly [K in keyof Settings]: (value: unknown) => Settings[K] } = {
  host: (value) => checkToken("host", value),
  port: (value) => checkInteger("port", value, 1, 65_535),
  path: checkPath,
  proxy: checkProxy,
  xclient: checkXclient,
  protocol: (value) => checkMember("protocol", value, { SMTP: "smtp", LMTP: "lmtp" } as const),
  encryptMode: (value) => checkMember("encryptMode", value, EncryptMode),
  authMode: (value) => checkMember("authMode", value, AuthMode),
  username: (value) => checkText("username", value),
  password: (value) => checkText("password", value),
  token: checkTokenSource,
  authzid: (value) => value === null ? null : checkText("authzid", value),
  mechanisms: checkMechanisms,
  timeout: (value) => checkInteger("timeout", value, 1, LONGEST),
  verifyServerCertificate: (value) => checkBoolean("verifyServerCertificate", value),
  allowUnsafeLegacyRenegotiation: (value) => checkBoolean("allowUnsafeLegacyRenegotiation", value),
  useLegacyServerConnect: (value) => checkBoolean("useLegacyServerConnect", value),
  name: checkName,
  insecureAuth: (value) => checkBoolean("insecureAuth", value),
  chunking: (value) => checkBoolean("chunking", value),
  tls: checkTls,
  timeouts: (value) => checkNumbers("timeouts", value, CLIENT_TIMEOUTS, LONGEST),
  limits: (value) => checkNumbers("limits", value, CLIENT_LIMITS, 2 ** 30),
  trace: checkTrace,
};

/**
 * Checks the options of a new client. An option that is undefined counts as not given.
 *
 * @param options The options.
 * @returns What the client has been told.
 * @throws {TypeError} If an option is of a wrong type, unknown, or holds control characters.
 * @throws {RangeError} If a number is out of range.
 */
export function readOptions(options: ClientOptions): Settings {
  const given = checkKeys("options", options, Object.keys(CHECKS));
  const settings = defaults();
  for (const key of Object.keys(CHECKS) as (keyof Settings)[]) read(settings, key, given[key]);
  return settings;
}

/**
 * The port that counts.
 *
 * @param settings What the client has been told.
 * @returns The port that was set, else that of the encryption mode.
 */
export function portOf(settings: Readonly<Settings>): number {
  if (settings.protocol === "lmtp") return settings.port ?? LMTP_PORT;
  return settings.port ?? defaultPort(encryptOf(settings));
}

/**
 * The encryption mode that counts.
 *
 * @param settings What the client has been told.
 * @returns The mode that was set, else none for a Unix socket, which crosses no network.
 */
export function encryptOf(settings: Readonly<Settings>): EncryptMode {
  return settings.encryptMode ?? (settings.path === null ? EncryptMode.sslTls : EncryptMode.none);
}

/**
 * The authentication mode that counts.
 *
 * @param settings What the client has been told.
 * @returns The mode that was set, else `sasl` where that is needed, else `default` where there is a username.
 */
export function authModeOf(settings: Readonly<Settings>): AuthMode {
  const { authMode, token, mechanisms, username } = settings;
  if (authMode !== null) return authMode;
  if (token !== null || mechanisms !== null) return AuthMode.sasl;
  return username === "" ? AuthMode.none : AuthMode.default;
}

function read<K extends keyof Settings>(settings: Settings, key: K, value: unknown): void {
  if (value !== undefined) settings[key] = CHECKS[key](value);
}

function defaults(): Settings {
  return {
    host: "",
    port: null,
    path: null,
    proxy: null,
    xclient: null,
    protocol: "smtp",
    encryptMode: null,
    authMode: null,
    username: "",
    password: "",
    token: null,
    authzid: null,
    mechanisms: null,
    timeout: 30_000,
    verifyServerCertificate: true,
    allowUnsafeLegacyRenegotiation: false,
    useLegacyServerConnect: false,
    name: null,
    insecureAuth: false,
    chunking: true,
    tls: checkTls({}),
    timeouts: CLIENT_TIMEOUTS,
    limits: CLIENT_LIMITS,
    trace: null,
  };
}

function checkPath(value: unknown): string {
  const path = checkText("path", value);
  if (path !== "") return path;
  throw new TypeError('Cannot set "path": must be the path of a Unix socket, got ""');
}

function checkName(value: unknown): string {
  const name = checkToken("name", value);
  try {
    return parseHelloName(ascii(name));
  } catch (cause) {
    throw new TypeError(
      `Cannot set "name": must be a domain or an address literal such as "[192.0.2.1]", got ${
        show(name)
      }`,
      { cause },
    );
  }
}

function checkTokenSource(value: unknown): Settings["token"] {
  if (value === null || typeof value === "function") return value as Settings["token"];
  return checkText("token", value);
}

function checkMechanisms(value: unknown): Settings["mechanisms"] {
  if (value === null) return null;
  if (Array.isArray(value) && value.length > 0) return readMechanisms("mechanisms", value);
  throw new TypeError(
    `Cannot set "mechanisms": must be a list of at least one mechanism, got ${show(value)}`,
  );
}

function checkTrace(value: unknown): Settings["trace"] {
  if (value === null || typeof value === "function") return value as Settings["trace"];
  throw new TypeError(`Cannot set "trace": must be a function or null, got ${show(value)}`);
}

function checkNumbers<T extends ClientTimeouts | ClientLimits>(
  name: string,
  value: unknown,
  defaults: T,
  max: number,
): T {
  const given = checkKeys(name, value, Object.keys(defaults));
  const entries = Object.entries(defaults).map(([key, number]) => {
    const own = given[key];
    return [key, own === undefined ? number : checkInteger(`${name}.${key}`, own, 1, max)];
  });
  return Object.freeze(Object.fromEntries(entries));
}
