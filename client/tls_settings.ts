/**
 * The TLS settings of a client, checked.
 *
 * @module
 */

import { checkAlpn } from "../session/transport/alpn.ts";
import { checkVersions, isLegacy, type TlsVersion } from "../session/transport/tls_versions.ts";
import { checkBoolean, checkKeys, checkMember, checkToken, show } from "./checks.ts";
import type { ClientTlsSettings } from "./options.ts";

/** The TLS settings, checked; null where a default depends on something else. */
export interface TlsSettings {
  ca: readonly string[];
  cert: string | null;
  key: string | null;
  servername: string | null;
  minVersion: TlsVersion;
  maxVersion: TlsVersion;
  alpn: readonly string[];
}

const KNOWN = ["ca", "cert", "key", "servername", "minVersion", "maxVersion", "alpn", "legacy"];

const VERSIONS = {
  "TLS 1.0": "TLSv1",
  "TLS 1.1": "TLSv1.1",
  "TLS 1.2": "TLSv1.2",
  "TLS 1.3": "TLSv1.3",
} as const;

/**
 * Checks the TLS settings.
 *
 * @param value What was set.
 * @returns The settings.
 * @throws {TypeError} If one is unknown, of a wrong type, or does not go with another.
 */
export function checkTls(value: unknown): TlsSettings {
  const given: ClientTlsSettings = checkKeys("tls", value, KNOWN);
  const { ca = [], cert, key, servername, alpn = [] } = given;
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError(
      `Cannot set "tls": "cert" and "key" must be given together, got only one of them`,
    );
  }
  if (typeof ca !== "string" && !Array.isArray(ca)) {
    throw new TypeError(`Cannot set "tls.ca": must be a text or a list of texts, got ${show(ca)}`);
  }
  if (!Array.isArray(alpn) || !alpn.every((name) => typeof name === "string")) {
    throw new TypeError(`Cannot set "tls.alpn": must be a list of texts, got ${show(alpn)}`);
  }
  return {
    ca: (typeof ca === "string" ? [ca] : [...ca]).map((pem) => checkPem("tls.ca", pem)),
    cert: cert === undefined ? null : checkPem("tls.cert", cert),
    key: key === undefined ? null : checkPem("tls.key", key),
    servername: servername === undefined ? null : checkToken("tls.servername", servername),
    ...checkRange(given),
    alpn: checkAlpn(alpn),
  };
}

/** TLS 1.0 and 1.1 come from another engine, so that a client offers either these or newer ones. */
function checkRange(
  { legacy: asked = false, cert, alpn = [], ...given }: ClientTlsSettings,
): Pick<TlsSettings, "minVersion" | "maxVersion"> {
  const legacy = checkBoolean("tls.legacy", asked);
  const [least, most] = legacy ? ["TLSv1", "TLSv1.1"] as const : ["TLSv1.2", "TLSv1.3"] as const;
  const minVersion = checkMember("tls.minVersion", given.minVersion ?? least, VERSIONS);
  const maxVersion = checkMember("tls.maxVersion", given.maxVersion ?? most, VERSIONS);
  if (legacy && (cert !== undefined || alpn.length > 0)) {
    throw new TypeError(
      'Cannot set "tls": "legacy" goes with neither "cert" nor "alpn", which need TLS 1.2',
    );
  }
  for (const version of [minVersion, maxVersion]) {
    if (isLegacy(version) === legacy) continue;
    const what = legacy
      ? 'with "legacy" both versions must be below TLS 1.2'
      : 'TLS 1.0 and 1.1 are deprecated (RFC 8996), and need "legacy: true"';
    throw new TypeError(`Cannot set "tls": ${what}, got "${version}"`);
  }
  checkVersions(minVersion, maxVersion);
  return { minVersion, maxVersion };
}

function checkPem(name: string, value: unknown): string {
  if (typeof value === "string" && value.includes("-----BEGIN ")) return value;
  throw new TypeError(
    `Cannot set "${name}": must be a text in PEM (it has a line "-----BEGIN …"), got ${
      typeof value === "string" ? "another text" : typeof value
    }`,
  );
}
