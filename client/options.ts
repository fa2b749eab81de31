/**
 * What a client can be told.
 *
 * @module
 */

import type { TraceLine } from "../session/trace.ts";
import type { TlsVersion } from "../session/transport/tls.ts";
import type { SaslMechanism } from "../session/sasl/mod.ts";
import type { AuthMode, EncryptMode } from "./enums.ts";
import type { EnvelopeInit } from "./message/envelope.ts";
import type { DeliveryOptions } from "./extensions/options.ts";
import type { ProxyOptions } from "./proxy.ts";
import type { Tracer } from "./connection/tracer.ts";

/** How long a client waits, in milliseconds (RFC 5321 section 4.5.3.2). */
export interface ClientTimeouts {
  /** For the server's greeting. @default {300000} */
  readonly greeting: number;
  /** For the reply to a command. @default {300000} */
  readonly command: number;
  /** For the server to take a block of the message. @default {180000} */
  readonly dataBlock: number;
  /** For the reply to the message, counted from its end. @default {600000} */
  readonly dataEnd: number;
  /** For the reply to QUIT; a server that stays silent is left without it. @default {10000} */
  readonly quit: number;
}

/** What a client holds in memory at the most, in octets. */
export interface ClientLimits {
  /** The header of a message, which is held while its recipients are read. @default {1048576} */
  readonly header: number;
  /** A line of a reply. @default {4096} */
  readonly replyLine: number;
  /** A whole reply. @default {65536} */
  readonly reply: number;
}

/** How a client's TLS is set, beside the properties of {@linkcode ClientOptions}. */
export interface ClientTlsSettings {
  /** Certificates (PEM) of authorities to trust beside those that the runtime trusts. @default {[]} */
  ca?: string | readonly string[];
  /** The client's own certificate chain (PEM), for a server that asks for one. */
  cert?: string;
  /** The private key (PEM) of `cert`. */
  key?: string;
  /** The name that the server's certificate must hold. @default {`host`} */
  servername?: string;
  /** The least version. @default {"TLSv1.2", with `legacy` "TLSv1"} */
  minVersion?: TlsVersion;
  /** The greatest version. @default {"TLSv1.3", with `legacy` "TLSv1.1"} */
  maxVersion?: TlsVersion;
  /** The protocols to offer by ALPN (RFC 7301), such as `["smtp"]`. A server may have none of them, and then fail. @default {[]} */
  alpn?: readonly string[];
  /**
   * Whether TLS 1.0 and 1.1 are spoken, and nothing newer, for a device that has nothing newer. They are broken (RFC 8996);
   * see SECURITY.md before setting it. Nobody falls back to them: that would let anybody in between choose them.
   *
   * @default {false}
   */
  legacy?: boolean;
}

/**
 * Gets an OAuth token at the moment when it is needed.
 *
 * @param refused Whether the server has refused the one before, so that it is time for another.
 * @returns The token.
 */
export type TokenFunction = (refused: boolean) => string | Promise<string>;

/** What `new Client(options)` takes. */
export interface ClientOptions {
  /** The server's host name or IP address. @default {""} */
  host?: string;
  /** The server's port. @default {465 for `sslTls` and `implicitTls`, 587 for `startTls`, 25 for `none` and `opportunistic`; 24 for LMTP} */
  port?: number;
  /**
   * The path of the server's Unix socket, in place of `host` and `port`. To connect takes the permissions
   * `--allow-net=unix:PATH` (an absolute one), `--allow-read=PATH` and `--allow-write=PATH`. Credentials may cross it in clear.
   *
   * @default {none}
   */
  path?: string;
  /** Which protocol the server speaks: SMTP, or [LMTP](https://www.rfc-editor.org/rfc/rfc2033), by which mail reaches mailboxes. @default {"smtp"} */
  protocol?: "smtp" | "lmtp";
  /** How to encrypt. @default {EncryptMode.sslTls; EncryptMode.none with `path`} */
  encryptMode?: EncryptMode;
  /** How to authenticate. @default {AuthMode.sasl where `token` or `mechanisms` is set, else AuthMode.default where a username is, else AuthMode.none} */
  authMode?: AuthMode;
  /** The name of the account. @default {""} */
  username?: string;
  /** The password of the account. @default {""} */
  password?: string;
  /**
   * An OAuth token, for OAUTHBEARER and XOAUTH2; or what gets one, which is asked at each `authenticate()`, and once more where
   * the server refuses the token: another one is then tried. @default {null}
   */
  token?: string | TokenFunction | null;
  /**
   * Whom to act as, where that is not the account itself. Mechanisms that cannot say it are not used. With EXTERNAL and
   * OAUTHBEARER `username` says the same. @default {null}
   */
  authzid?: string | null;
  /**
   * The mechanisms that may be used, first choice first, by name or as a {@linkcode SaslMechanism} of your own; instead of those of
   * `authMode`. @default {null}
   */
  mechanisms?: readonly (string | SaslMechanism)[] | null;
  /** How long to try to connect, in milliseconds; a TLS handshake has as long again. @default {30000} */
  timeout?: number;
  /** Whether the server's certificate must be valid, and be for this host. @default {true} */
  verifyServerCertificate?: boolean;
  /** Whether a TLS 1.2 server without secure renegotiation (RFC 5746) is accepted. @default {false} */
  allowUnsafeLegacyRenegotiation?: boolean;
  /** The same as `allowUnsafeLegacyRenegotiation`, by another name of the specification's. @default {false} */
  useLegacyServerConnect?: boolean;
  /** The name that the client gives itself in EHLO: a domain or an address literal. @default {the local address as a literal, such as `"[192.0.2.1]"`} */
  name?: string;
  /** Whose connection this client passes on: a header that says so is sent first, before TLS. @default {null} */
  proxy?: ProxyOptions | null;
  /**
   * The client that the session is on behalf of, for a server that trusts this one
   * ([XCLIENT](https://www.postfix.org/XCLIENT_README.html)): the attributes `NAME`, `ADDR`, `PORT`, `PROTO`, `HELO`, `LOGIN`,
   * `DESTADDR` and `DESTPORT`, as far as they are known. They are said after TLS, and before a login. @default {null}
   */
  xclient?: Readonly<Record<string, string>> | null;
  /** Whether credentials may cross a network in clear. They may always to a loopback address. @default {false} */
  insecureAuth?: boolean;
  /** Whether messages go by BDAT where the server offers CHUNKING ([RFC 3030](https://www.rfc-editor.org/rfc/rfc3030)). @default {true} */
  chunking?: boolean;
  /** How TLS is set. @default {{}} */
  tls?: ClientTlsSettings;
  /** How long the client waits in each phase. */
  timeouts?: Partial<ClientTimeouts>;
  /** What the client holds in memory at the most. */
  limits?: Partial<ClientLimits>;
  /** Given each line of every dialogue, secrets masked. @default {null} */
  trace?: ((line: TraceLine) => void) | null;
}

/** What every method that talks to the server takes. */
export interface CallOptions {
  /** Ends the call; and the connection too, once a command of the call was sent. */
  signal?: AbortSignal;
}

/** What the methods that send take. */
export interface SendOptions extends CallOptions, DeliveryOptions {
  /** Who the message is from and whom it goes to. @default {what the message's header says} */
  envelope?: EnvelopeInit;
  /**
   * Told how far the message has got, each time a piece was handed on; anew for each transaction where the server takes
   * the recipients in several.
   *
   * @param sent The octets so far, without stuffed dots.
   * @param total The octets of the whole message; null where that is not known in advance, as of a stream.
   */
  onProgress?: (sent: number, total: number | null) => void;
}

/** The timeouts of a client that sets none. */
export const CLIENT_TIMEOUTS: ClientTimeouts = Object.freeze({
  greeting: 300_000,
  command: 300_000,
  dataBlock: 180_000,
  dataEnd: 600_000,
  quit: 10_000,
});

/** The limits of a client that sets none. */
export const CLIENT_LIMITS: ClientLimits = Object.freeze({
  header: 1024 * 1024,
  replyLine: 4096,
  reply: 64 * 1024,
});

/** What one connection needs to know. */
export interface ConnectionConfig {
  /** How long to wait. */
  readonly timeouts: ClientTimeouts;
  /** How much to take from the server. */
  readonly limits: ClientLimits;
  /** Told each line. */
  readonly tracer: Tracer;
}
