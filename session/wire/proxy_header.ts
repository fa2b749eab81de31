/**
 * What both directions of the [PROXY protocol](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt) share: what a
 * header says, and the numbers in one of version 2.
 *
 * @module
 */

/** An address with its port. */
export interface ProxyEndpoint {
  /** The IP address. */
  readonly ip: string;
  /** The port, 0 to 65535. */
  readonly port: number;
}

/** One item of a header of version 2. */
export interface ProxyItem {
  /** The type, 0 to 255. */
  readonly type: number;
  /** The value. */
  readonly value: Uint8Array;
}

/** What a header says. */
export interface ProxyHeader {
  /** The version. */
  readonly version: 1 | 2;
  /** The client; null where the header does not say, so that the connection's own ends count. */
  readonly source: ProxyEndpoint | null;
  /** Where the client reached the proxy; null where the source is. */
  readonly destination: ProxyEndpoint | null;
  /** What else it holds, in its order; without padding and the checksum, which was right. */
  readonly items: readonly ProxyItem[];
}

/** What a header of version 2 begins with. */
export const SIGNATURE: Uint8Array = Uint8Array.of(
  ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a],
);
/** The octets of a header of version 2 in front of its addresses. */
export const FIXED_PART = 16;
/** The commands of version 2, with the version. */
export const COMMAND = { local: 0x20, proxy: 0x21 } as const;
/** The families of addresses. */
export const FAMILY = { unspecified: 0, ipv4: 1, ipv6: 2, unix: 3 } as const;
/** The one transport that SMTP has. */
export const STREAM = 1;
