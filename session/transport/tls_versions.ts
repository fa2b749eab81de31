/**
 * The TLS versions that can be chosen from.
 *
 * @module
 */

/** A version of TLS. Those below 1.2 are deprecated ([RFC 8996](https://www.rfc-editor.org/rfc/rfc8996)). */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/**
 * Whether a version needs the engine for what the runtime does not have.
 *
 * @param version The version.
 * @returns Whether it is below TLS 1.2.
 */
export function isLegacy(version: TlsVersion): boolean {
  return version < "TLSv1.2";
}

/**
 * The number of a version on the wire.
 *
 * @param version The version.
 * @returns 0x0301 for TLS 1.0, up to 0x0304 for TLS 1.3.
 */
export function wireVersion(version: TlsVersion): number {
  return 0x0301 + ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"].indexOf(version);
}

/**
 * Checks that a range of versions holds any.
 *
 * @param min The lowest version.
 * @param max The highest version.
 * @throws {TypeError} If it holds none.
 */
export function checkVersions(min: TlsVersion = "TLSv1.2", max: TlsVersion = "TLSv1.3"): void {
  // Their names sort as they do.
  if (min <= max) return;
  throw new TypeError(
    `Cannot set up TLS: "minVersion" must not be above "maxVersion", got "${min}" and "${max}"`,
  );
}
