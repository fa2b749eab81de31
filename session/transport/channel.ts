/**
 * The byte pipe that both ends of a session share: what a server connection and a client
 * connection know of the world, whether it is TCP, TLS over TCP, or a pair in memory.
 *
 * @module
 */

/** One end of a connection. */
export interface Endpoint {
  /** The IP address, without brackets. */
  readonly ip: string;
  /** The port. */
  readonly port: number;
}

/**
 * The certificate that the peer showed. Its strings are whatever the peer's certificate holds,
 * control characters included: they are data, and whoever prints them escapes them.
 */
export interface PeerCertificate {
  /** The subject, one `KEY=value` a line. */
  readonly subject: string;
  /** The issuer, one `KEY=value` a line. */
  readonly issuer: string;
  /** The alternative names, such as `DNS:mail.example.org, IP Address:192.0.2.1`; empty where there are none. */
  readonly subjectAltName: string;
  /** The SHA-256 fingerprint: upper-case hexadecimal octets with colons between. */
  readonly fingerprint256: string;
  /** The first moment at which the certificate holds, as `Nov 22 16:34:54 2026 GMT`. */
  readonly validFrom: string;
  /** The last moment at which the certificate holds, in the same form. */
  readonly validTo: string;
  /** The certificate itself, in DER. */
  readonly raw: Uint8Array;
}

/** What is known of the TLS session that protects a channel. */
export interface TlsFacts {
  /** The version, as `"TLSv1.3"` or `"TLSv1.2"`. */
  readonly protocol: string;
  /** The cipher suite, by its IANA name. */
  readonly cipher: string;
  /** The server name of the ClientHello (SNI); null where none was sent. */
  readonly servername: string | null;
  /** The protocol agreed on by ALPN, such as `"smtp"`; null where none was. */
  readonly alpn: string | null;
  /** Whether the peer showed a certificate and it was verified. */
  readonly authorized: boolean;
  /** Why the peer's certificate was not verified, as an OpenSSL-like code; null where it was, or where none was asked for. */
  readonly authorizationError: string | null;
  /** The certificate that the peer showed; null where it showed none. */
  readonly peerCertificate: PeerCertificate | null;
  /**
   * The channel binding `tls-server-end-point` ([RFC 5929](https://www.rfc-editor.org/rfc/rfc5929) section 4), which both
   * ends make of the server's certificate; null where RFC 5929 has none for it.
   */
  readonly serverEndPoint: Uint8Array | null;
}

/**
 * A duplex pipe of bytes with backpressure both ways. It has one owner, who has at most one
 * `read()` and one `write()` outstanding at a time.
 */
export interface Channel {
  /** The peer's end. */
  readonly remote: Endpoint;
  /** Our end. */
  readonly local: Endpoint;
  /** The TLS session that protects the channel; null where it is in clear. */
  readonly tls: TlsFacts | null;
  /** Whether much is expected: false reads up to 512 octets at a time (an idle connection costs little memory), true up to 64 KiB. */
  bulk: boolean;
  /**
   * Reads what has come.
   *
   * @returns At least one octet, in a view that holds until the next `read()`; null where the peer ended its side properly.
   * @throws {SmtpError} Kind `connection` if the connection was lost or closed, or if a TLS stream was cut short.
   */
  read(): Promise<Uint8Array | null>;
  /**
   * Writes all of it. The bytes must not change until the promise settles.
   *
   * @param bytes What to write.
   * @throws {SmtpError} Kind `connection` if the connection was lost or closed.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends our side: the peer reads all that was written, and then the end. Calling it again does nothing.
   *
   * @throws {SmtpError} Kind `connection` if the connection was lost or closed.
   */
  closeWrite(): Promise<void>;
  /** Ends both sides at once, and lets go of everything; pending reads and writes reject. Calling it again does nothing. */
  close(): void;
}

/** How many octets an idle channel reads at a time: the longest command line (RFC 5321 section 4.5.3.1.4). */
export const IDLE_READ = 512;

/** How many octets a channel reads at a time while a body passes. */
export const BULK_READ = 64 * 1024;
