/**
 * The options of a client, checked, each read once.
 *
 * @module
 */

import { parseHelloName } from "../session/wire/domain.ts";
import { ascii } from "../session/wire/bytes.ts";
import type { TraceLine } from "../session/trace.ts";
import { checkVersions, type TlsVersion } from "../session/transport/tls_versions.ts";
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
import {
  CLIENT_LIMITS,
  CLIENT_TIMEOUTS,
  type ClientLimits,
  type ClientOptions,
  type ClientTimeouts,
  type ClientTlsSettings,
} from "./options.ts";

/** The longest time that a timer of the runtime's can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** What a client has been told; null where a default depends on something else. */
export interface Settings {
  host: string;
  port: number | null;
  encryptMode: EncryptMode;
  authMode: AuthMode | null;
  username: string;
  password: string;
  timeout: number;
  verifyServerCertificate: boolean;
  allowUnsafeLegacyRenegotiation: boolean;
  useLegacyServerConnect: boolean;
  name: string | null;
  insecureAuth: boolean;
  tls: Readonly<TlsSettings>;
  timeouts: ClientTimeouts;
  limits: ClientLimits;
  trace: ((line: TraceLine) => void) | null;
}

/** The TLS settings, checked. */
export interface TlsSettings {
  ca: readonly string[];
  cert: string | null;
  key: string | null;
  servername: string | null;
  minVersion: TlsVersion | null;
  maxVersion: TlsVersion | null;
}

/** One check for each setting: the value, or an error that names the setting. */
export const CHECKS: { readonly [K in keyof Settings]: (value: unknown) => Settings[K] } = {
  host: (value) => checkToken("host", value),
  port: (value) => checkInteger("port", value, 1, 65_535),
  encryptMode: (value) => checkMember("encryptMode", value, EncryptMode),
  authMode: (value) => checkMember("authMode", value, AuthMode),
  username: (value) => checkText("username", value),
  password: (value) => checkText("password", value),
  timeout: (value) => checkInteger("timeout", value, 1, LONGEST),
  verifyServerCertificate: (value) => checkBoolean("verifyServerCertificate", value),
  allowUnsafeLegacyRenegotiation: (value) => checkBoolean("allowUnsafeLegacyRenegotiation", value),
  useLegacyServerConnect: (value) => checkBoolean("useLegacyServerConnect", value),
  name: checkName,
  insecureAuth: (value) => checkBoolean("insecureAuth", value),
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
  return settings.port ?? defaultPort(settings.encryptMode);
}

/**
 * The authentication mode that counts.
 *
 * @param settings What the client has been told.
 * @returns The mode that was set, else `default` where there is a username.
 */
export function authModeOf(settings: Readonly<Settings>): AuthMode {
  return settings.authMode ?? (settings.username === "" ? AuthMode.none : AuthMode.default);
}

function read<K extends keyof Settings>(settings: Settings, key: K, value: unknown): void {
  if (value !== undefined) settings[key] = CHECKS[key](value);
}

function defaults(): Settings {
  return {
    host: "",
    port: null,
    encryptMode: EncryptMode.sslTls,
    authMode: null,
    username: "",
    password: "",
    timeout: 30_000,
    verifyServerCertificate: true,
    allowUnsafeLegacyRenegotiation: false,
    useLegacyServerConnect: false,
    name: null,
    insecureAuth: false,
    tls: checkTls({}),
    timeouts: CLIENT_TIMEOUTS,
    limits: CLIENT_LIMITS,
    trace: null,
  };
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

function checkTrace(value: unknown): Settings["trace"] {
  if (value === null || typeof value === "function") return value as Settings["trace"];
  throw new TypeError(`Cannot set "trace": must be a function or null, got ${show(value)}`);
}

function checkTls(value: unknown): TlsSettings {
  const known = ["ca", "cert", "key", "servername", "minVersion", "maxVersion"];
  const given: ClientTlsSettings = checkKeys("tls", value, known);
  const { ca = [], cert, key, servername, minVersion, maxVersion } = given;
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError(
      `Cannot set "tls": "cert" and "key" must be given together, got only one of them`,
    );
  }
  if (typeof ca !== "string" && !Array.isArray(ca)) {
    throw new TypeError(`Cannot set "tls.ca": must be a text or a list of texts, got ${show(ca)}`);
  }
  const checked = {
    ca: (typeof ca === "string" ? [ca] : [...ca]).map((pem) => checkPem("tls.ca", pem)),
    cert: cert === undefined ? null : checkPem("tls.cert", cert),
    key: key === undefined ? null : checkPem("tls.key", key),
    servername: servername === undefined ? null : checkToken("tls.servername", servername),
    minVersion: checkVersion("tls.minVersion", minVersion),
    maxVersion: checkVersion("tls.maxVersion", maxVersion),
  };
  checkVersions(checked.minVersion ?? undefined, checked.maxVersion ?? undefined);
  return checked;
}

function checkPem(name: string, value: unknown): string {
  if (typeof value === "string" && value.includes("-----BEGIN ")) return value;
  throw new TypeError(
    `Cannot set "${name}": must be a text in PEM (it has a line "-----BEGIN …"), got ${
      typeof value === "string" ? "another text" : typeof value
    }`,
  );
}

function checkVersion(name: string, value: unknown): TlsVersion | null {
  if (value === undefined) return null;
  return checkMember(name, value, { "TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3" } as const);
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
