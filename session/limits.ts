/**
 * The limits and deadlines that hold unless an option says otherwise.
 *
 * @module
 */

const MiB = 1024 * 1024;
const second = 1000;
const minute = 60 * second;

/** What a server accepts at the most. */
export interface ServerLimits {
  /** The largest message, in octets, as SIZE advertises it (RFC 1870). @default {26214400} */
  readonly messageSize: number;
  /** The octets of all messages in flight, for the whole server. @default {268435456} */
  readonly octetsInFlight: number;
  /** Recipients in one transaction. @default {1000} */
  readonly recipients: number;
  /** Transactions in one session; the client is told by LIMITS (RFC 9422). @default {Infinity} */
  readonly transactions: number;
  /** Different domains among the recipients of one session; the client is told by LIMITS. @default {Infinity} */
  readonly recipientDomains: number;
  /** A command line, in octets with its CRLF; with parameters it may have 1280 in any case, within `authLine`. @default {2048} */
  readonly commandLine: number;
  /** A line of an AUTH exchange, in octets with its CRLF (RFC 4954 section 4). @default {12288} */
  readonly authLine: number;
  /** Connections from one IP address (an IPv6 /64 counts as one); loopback is exempt. @default {100} */
  readonly connectionsPerIp: number;
  /** Networks, as `"192.0.2.0/24"`, to which `connectionsPerIp` does not apply. @default {[]} */
  readonly exempt: readonly string[];
  /** Commands that were not understood or out of place, before the connection is closed. @default {10} */
  readonly badCommands: number;
  /** Failed AUTH attempts before the connection is closed. @default {3} */
  readonly failedLogins: number;
  /** `Received` fields in a message: one with more goes round in circles (RFC 5321 section 6.3). @default {100} */
  readonly hops: number;
}

/** How long a server waits, in milliseconds. */
export interface ServerTimeouts {
  /** For the next command (RFC 5321 section 4.5.3.2.7). @default {300000} */
  readonly command: number;
  /** For the next block of a message. @default {180000} */
  readonly dataBlock: number;
  /** For the peer to take our replies. @default {60000} */
  readonly write: number;
  /** For a TLS handshake. @default {10000} */
  readonly tlsHandshake: number;
  /** For the header of a proxy in `trust.proxy`. @default {5000} */
  readonly proxyHeader: number;
  /** For a handler to answer, counted from when it was asked. @default {30000} */
  readonly handler: number;
  /** For running transactions to end, once `stop()` is called. @default {30000} */
  readonly stop: number;
}

/** The limits of a server that sets none. */
export const SERVER_LIMITS: ServerLimits = Object.freeze({
  messageSize: 25 * MiB,
  octetsInFlight: 256 * MiB,
  recipients: 1000,
  transactions: Infinity,
  recipientDomains: Infinity,
  commandLine: 2048,
  authLine: 12_288,
  connectionsPerIp: 100,
  exempt: Object.freeze([]),
  badCommands: 10,
  failedLogins: 3,
  hops: 100,
});

/** The deadlines of a server that sets none. */
export const SERVER_TIMEOUTS: ServerTimeouts = Object.freeze({
  command: 5 * minute,
  dataBlock: 3 * minute,
  write: minute,
  tlsHandshake: 10 * second,
  proxyHeader: 5 * second,
  handler: 30 * second,
  stop: 30 * second,
});

/** The time a body may take before its rate counts, in milliseconds. */
export const BODY_RATE_GRACE = minute;
/** The least rate of a body after {@linkcode BODY_RATE_GRACE}, in octets per second. */
export const BODY_LEAST_RATE = 500;
/** The simultaneous connections of a server that sets no `maxConnections`. */
export const MAX_CONNECTIONS = 1000;
