/**
 * The TLS versions that can be chosen from.
 *
 * @module
 */

/** A TLS version that the runtime has. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/**
 * Checks that a range of versions holds any.
 *
 * @param min The lowest version.
 * @param max The highest version.
 * @throws {TypeError} If it holds none.
 */
export function checkVersions(min: TlsVersion = "TLSv1.2", max: TlsVersion = "TLSv1.3"): void {
  if (min <= max) return;
  throw new TypeError(
    `Cannot set up TLS: "minVersion" must not be above "maxVersion", got "${min}" and "${max}"`,
  );
}
