/**
 * What a server can be told.
 *
 * @module
 */

import type {
  ConnectSession,
  DisconnectSession,
  LoginSession,
  MailFromSession,
  RcptToSession,
  ReceiveSession,
  VerifySession,
} from "../session/handler/events.ts";
import type { ServerLimits, ServerTimeouts } from "../session/limits.ts";
import type { SaslMechanism } from "../session/sasl/mod.ts";
import type { TraceLine } from "../session/trace.ts";
import type { ExtensionOptions } from "./extensions/options.ts";
import type { Handler } from "./handler_pool/mod.ts";
import type { Protocol } from "./protocol.ts";
import type { TrustOptions } from "./network/trust.ts";

/** The events that a handler may answer. */
export interface ServerHandlers {
  /** Asked when a client connects, before the greeting. @default {null} */
  onConnect?: Handler<ConnectSession> | null;
  /** Told when a connection has ended. @default {null} */
  onDisconnect?: Handler<DisconnectSession> | null;
  /** Asked whether a login is valid. Without it AUTH is not offered. @default {null} */
  onLogin?: Handler<LoginSession> | null;
  /** Asked whether a sender is accepted. Without it every sender is. @default {null} */
  onMailFrom?: Handler<MailFromSession> | null;
  /** Asked whether a recipient is accepted. Without it every recipient is. @default {null} */
  onRcptTo?: Handler<RcptToSession> | null;
  /** Given each message. A server needs it to start. @default {null} */
  onReceive?: Handler<ReceiveSession> | null;
  /** Asked what a name stands for (VRFY). Without it the answer says nothing (252). @default {null} */
  onVerify?: Handler<VerifySession> | null;
}

/** How clients log in (RFC 4954). */
export interface AuthOptions {
  /** Whether MAIL needs a login first. @default {true where `onLogin` is set} */
  required?: boolean;
  /**
   * The SASL mechanisms offered, by name, or as a {@linkcode SaslMechanism} of your own, which needs `threads` to be 1:
   * - `PLAIN`, `LOGIN`: name and password;
   * - `CRAM-MD5`, `SCRAM-SHA-1`, `SCRAM-SHA-256`: a proof of the password, for which the handler sets `secret`;
   * - `SCRAM-SHA-1-PLUS`, `SCRAM-SHA-256-PLUS`: the same, bound to the TLS session; offered within TLS alone;
   * - `OAUTHBEARER`, `XOAUTH2`: a `token`. That it belongs to `username`, which may be empty, is for the handler to check;
   * - `EXTERNAL`: a client certificate that was verified, without which it is not offered. The handler looks at
   *   `tls.peerCertificate` and decides whether it may act as `username`, which may be empty.
   *
   * @default {["PLAIN", "LOGIN"]}
   */
  mechanisms?: readonly (string | SaslMechanism)[];
  /**
   * How often SCRAM hashes where the handler sets `secret` to a password, and for a name that it does not know: 4,096 to
   * 1,000,000 ([RFC 7677, section 4](https://www.rfc-editor.org/rfc/rfc7677#section-4)). Each login that fails costs as
   * much. A stored key has its own number; where that is another one, it shows that the account exists. @default {4096}
   */
  iterations?: number;
  /**
   * Who may log in without TLS, by whatever mechanism. Anything but `"never"` lets a password cross a network in clear.
   * @default {"never" where the server has a certificate, "loopback" where it has none}
   */
  insecure?: "never" | "loopback" | "always";
}

/** A certificate for clients that ask for its names (SNI, RFC 6066). */
export interface ServerCertificateSettings {
  /** The certificate chain's file (PEM). */
  certFile?: string | URL;
  /** The private key's file (PEM). */
  keyFile?: string | URL;
  /** The certificate chain itself (PEM), instead of `certFile`. */
  cert?: string;
  /** The private key itself (PEM), instead of `keyFile`. */
  key?: string;
  /** The names of hosts; `*` may be the leftmost label. @default {the names that the certificate holds} */
  names?: readonly string[];
}

/** How the server is encrypted, beside `ssl` and `setCertificate()`. */
export interface ServerTlsSettings {
  /** Whether TLS comes first, before the greeting. @default {true on port 465, false on any other} */
  implicit?: boolean;
  /** Whether every command but EHLO, NOOP, QUIT and STARTTLS needs TLS first. @default {false} */
  required?: boolean;
  /** The certificate chain's file (PEM). A relative path is relative to the working directory. */
  certFile?: string | URL;
  /** The private key's file (PEM). */
  keyFile?: string | URL;
  /** The certificate chain itself (PEM), instead of `certFile`. */
  cert?: string;
  /** The private key itself (PEM), instead of `keyFile`. */
  key?: string;
  /** The file (PEM) with the authorities that client certificates must come from; unset: none is asked for. */
  rootCertFile?: string | URL;
  /** Those authorities themselves (PEM), instead of `rootCertFile`. */
  rootCert?: string;
  /** Whether a client certificate is required, where authorities are set. @default {`verifyCertificate`, else true} */
  verify?: boolean;
  /**
   * Further certificates: a client gets the first that has the name it asks for, and the one above where none has. One
   * without names serves TLS 1.0 and 1.1 alone, where the others have no RSA key.
   *
   * @default {[]}
   */
  certificates?: readonly ServerCertificateSettings[];
  /**
   * The protocols to agree on by ALPN (RFC 7301), such as `["smtp"]`: a client that names none of them is refused, one that
   * does not speak ALPN is not. Empty: ALPN is not answered.
   *
   * @default {[]}
   */
  alpn?: readonly string[];
  /**
   * Whether TLS 1.0 and 1.1 are served too, for devices that have nothing newer. They are broken (RFC 8996); see
   * SECURITY.md before setting it. Needs a certificate with an RSA key, and no `rootCertFile`. Clients that have
   * TLS 1.2 are served as ever, unless `maxProtocol` says otherwise.
   *
   * @default {false}
   */
  legacy?: boolean;
}

/** What `new Server(options)` takes. */
export interface ServerOptions extends ServerHandlers {
  /**
   * What is spoken: SMTP, or LMTP (RFC 2033), in which a message gets a reply for each recipient, so that `onReceive` may
   * refuse some of them by `session.reject(code, text, index)`. LMTP is for a network of one's own and never on port 25.
   *
   * @default {"smtp"}
   */
  protocol?: "smtp" | "lmtp";
  /** `false`: no TLS at all. `true`: a certificate is needed to start. Unset: TLS where a certificate is set. */
  ssl?: boolean;
  /** Whether a client certificate must be valid, where `rootCertFile` is set. @default {true} */
  verifyCertificate?: boolean;
  /** The port to listen on; 0 takes a free one. 465 means implicit TLS. @default {2525} */
  port?: number;
  /** The address to listen on. @default {"0.0.0.0"} */
  hostname?: string;
  /**
   * The path of a Unix socket to listen on, instead of `hostname` and `port`, which are not looked at then; `addr` is null,
   * `threads` must be 1. Handlers see its clients as 127.0.0.1 with port 0, and as of this machine they count. A relative
   * path is relative to the working directory.
   *
   * A socket that is there already and that nobody listens on, as a process leaves it that was killed, is replaced; where
   * somebody does, or the file is no socket, `start()` fails. `stop()` removes it. Who may connect is up to the process's
   * umask and to the folder: usually its own user alone. Needs `--allow-net=unix:` with the absolute path, and
   * `--allow-read` and `--allow-write` for the path.
   *
   * @default {none: it listens on TCP}
   */
  path?: string;
  /** The server's name in the greeting and in EHLO. @default {the machine's host name where it may be read, else the address} */
  name?: string;
  /** Simultaneous connections. @default {1000} */
  maxConnections?: number;
  /** Workers kept for each handler script. @default {1} */
  poolSize?: number;
  /**
   * Threads that accept connections and speak SMTP, 1 to 64. With 1, the thread of the application does so. With more,
   * each is a worker that listens on the same address, and Linux spreads the connections over them. Limits, handlers and
   * their workers are shared by all; functions, `trace` and `onError` run in the thread of the application.
   *
   * Needs `--unstable-net` and `--unstable-worker-options`, or `"unstable": ["net", "worker-options"]` in deno.json, and
   * `--allow-read` for this library where it is imported from files. Each event then costs a message between threads, about
   * as much processor time again as to receive a small message: it pays where the network half (above all TLS) keeps one
   * processor busy and several others are idle, and not with less than four.
   *
   * @default {1}
   */
  threads?: number;
  /** The least version of TLS. @default {Protocol.tls1_2, with `tls.legacy` Protocol.tls1_0} */
  minProtocol?: Protocol;
  /** The greatest version of TLS. @default {Protocol.tls1_3} */
  maxProtocol?: Protocol;
  /**
   * Whether what many clients do wrong is refused: a space after `FROM:` and `TO:` (501), and octets above 127 in the header
   * of a message that did not come with SMTPUTF8 (554). @default {false}
   */
  strict?: boolean;
  /** How clients log in. */
  auth?: AuthOptions;
  /** Which extensions are offered. */
  extensions?: ExtensionOptions;
  /** Which peers are believed when they speak for a client. */
  trust?: TrustOptions;
  /** Whether each message gets a `Received` field, in front of all else (RFC 5321 section 4.4). @default {false} */
  addReceived?: boolean;
  /** What is accepted at the most. */
  limits?: Partial<ServerLimits>;
  /** How long the server waits. */
  timeouts?: Partial<ServerTimeouts>;
  /** How the server is encrypted. */
  tls?: ServerTlsSettings;
  /** Told of every fault that is not a client's. @default {null} */
  onError?: ((error: Error, where: string) => void) | null;
  /** Given each line of every dialogue, secrets masked. @default {null} */
  trace?: ((line: TraceLine) => void) | null;
}
