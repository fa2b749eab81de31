/**
 * The TLS versions of the specification's `infinity.smtp.server.protocol`.
 *
 * @module
 */

import type { TlsVersion } from "../session/transport/tls.ts";

/** A version of TLS, with the specification's numbers. */
export const Protocol = {
  /** TLS 1.0; deprecated (RFC 8996), and served with `tls.legacy` alone. */
  tls1_0: 2,
  /** TLS 1.1; deprecated (RFC 8996), and served with `tls.legacy` alone. */
  tls1_1: 3,
  /** TLS 1.2. */
  tls1_2: 4,
  /** TLS 1.3. */
  tls1_3: 5,
} as const;

/** One of the versions of {@linkcode Protocol}. */
export type Protocol = typeof Protocol[keyof typeof Protocol];

/** The versions that are served, and what is not. */
export interface ProtocolRange {
  /** The least version. */
  readonly minVersion: TlsVersion;
  /** The greatest version. */
  readonly maxVersion: TlsVersion;
  /** The part of the range that is not served, for the log; null where all is. */
  readonly unserved: string | null;
}

const VERSIONS: Readonly<Record<Protocol, TlsVersion>> = {
  [Protocol.tls1_0]: "TLSv1",
  [Protocol.tls1_1]: "TLSv1.1",
  [Protocol.tls1_2]: "TLSv1.2",
  [Protocol.tls1_3]: "TLSv1.3",
};

/**
 * What is served of a range of versions.
 *
 * @param min The least version asked for.
 * @param max The greatest version asked for.
 * @param legacy Whether TLS 1.0 and 1.1 are served.
 * @returns The range that is served.
 * @throws {RangeError} If the range is empty, or has nothing that is served; or if `legacy` is true for nothing.
 */
export function protocolRange(min: Protocol, max: Protocol, legacy: boolean): ProtocolRange {
  if (min > max) {
    throw new RangeError(
      `Cannot set the TLS versions: minProtocol (${nameOf(min)}) is above maxProtocol (${
        nameOf(max)
      })`,
    );
  }
  if (legacy && min >= Protocol.tls1_2) {
    throw new RangeError(
      `Cannot serve TLS 1.0 and 1.1: "tls.legacy" is true, but minProtocol is ${nameOf(min)}`,
    );
  }
  if (!legacy && max < Protocol.tls1_2) {
    throw new RangeError(
      `Cannot serve ${
        nameOf(max)
      }: TLS 1.0 and 1.1 are deprecated (RFC 8996); set maxProtocol to ` +
        'Protocol.tls1_2 or Protocol.tls1_3, or "tls.legacy" to true',
    );
  }
  const old = !legacy && min < Protocol.tls1_2;
  return {
    minVersion: old ? "TLSv1.2" : VERSIONS[min],
    maxVersion: VERSIONS[max],
    unserved: !old ? null : min === Protocol.tls1_0 ? "TLS 1.0 and 1.1" : "TLS 1.1",
  };
}

function nameOf(version: Protocol): string {
  return `TLS 1.${version - Protocol.tls1_0}`;
}
