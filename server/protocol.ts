/**
 * The TLS versions of the specification's `infinity.smtp.server.protocol`.
 *
 * @module
 */

/** A version of TLS, with the specification's numbers. */
export const Protocol = {
  /** TLS 1.0; deprecated (RFC 8996), and not in this runtime. */
  tls1_0: 2,
  /** TLS 1.1; deprecated (RFC 8996), and not in this runtime. */
  tls1_1: 3,
  /** TLS 1.2. */
  tls1_2: 4,
  /** TLS 1.3. */
  tls1_3: 5,
} as const;

/** One of the versions of {@linkcode Protocol}. */
export type Protocol = typeof Protocol[keyof typeof Protocol];

/** The versions that are served, as the runtime names them, and what could not be served. */
export interface ProtocolRange {
  /** The least version. */
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** The greatest version. */
  readonly maxVersion: "TLSv1.2" | "TLSv1.3";
  /** The part of the range that the runtime does not have, for the log; null where it has all. */
  readonly unserved: string | null;
}

/**
 * What the runtime can serve of a range of versions.
 *
 * @param min The least version asked for.
 * @param max The greatest version asked for.
 * @returns The range that is served.
 * @throws {RangeError} If the range is empty, or lies wholly below TLS 1.2.
 */
export function protocolRange(min: Protocol, max: Protocol): ProtocolRange {
  if (min > max) {
    throw new RangeError(
      `Cannot set the TLS versions: minProtocol (${nameOf(min)}) is above maxProtocol (${
        nameOf(max)
      })`,
    );
  }
  if (max < Protocol.tls1_2) {
    throw new RangeError(
      `Cannot serve ${
        nameOf(max)
      }: TLS 1.0 and 1.1 are deprecated (RFC 8996) and this runtime has ` +
        `neither; set maxProtocol to Protocol.tls1_2 or Protocol.tls1_3`,
    );
  }
  return {
    minVersion: min === Protocol.tls1_3 ? "TLSv1.3" : "TLSv1.2",
    maxVersion: max === Protocol.tls1_3 ? "TLSv1.3" : "TLSv1.2",
    unserved: min >= Protocol.tls1_2
      ? null
      : min === Protocol.tls1_0
      ? "TLS 1.0 and 1.1"
      : "TLS 1.1",
  };
}

function nameOf(version: Protocol): string {
  return `TLS 1.${version - Protocol.tls1_0}`;
}
