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
} from "../session/handler/events.ts";
import type { ServerLimits, ServerTimeouts } from "../session/limits.ts";
import type { TraceLine } from "../session/trace.ts";
import type { Handler } from "./handler_pool/mod.ts";
import type { Protocol } from "./protocol.ts";

/** The six events that a handler may answer. */
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
}

/** How clients log in (RFC 4954). */
export interface AuthOptions {
  /** Whether MAIL needs a login first. @default {true where `onLogin` is set} */
  required?: boolean;
  /** The SASL mechanisms offered: `PLAIN`, `LOGIN`, `CRAM-MD5`. @default {["PLAIN", "LOGIN"]} */
  mechanisms?: readonly string[];
  /**
   * Who may log in without TLS. Anything but `"never"` lets a password cross a network in clear.
   * @default {"never" where the server has a certificate, "loopback" where it has none}
   */
  insecure?: "never" | "loopback" | "always";
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
}

/** What `new Server(options)` takes. */
export interface ServerOptions extends ServerHandlers {
  /** `false`: no TLS at all. `true`: a certificate is needed to start. Unset: TLS where a certificate is set. */
  ssl?: boolean;
  /** Whether a client certificate must be valid, where `rootCertFile` is set. @default {true} */
  verifyCertificate?: boolean;
  /** The port to listen on; 0 takes a free one. 465 means implicit TLS. @default {2525} */
  port?: number;
  /** The address to listen on. @default {"0.0.0.0"} */
  hostname?: string;
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
  /** The least version of TLS. @default {Protocol.tls1_2} */
  minProtocol?: Protocol;
  /** The greatest version of TLS. @default {Protocol.tls1_3} */
  maxProtocol?: Protocol;
  /** Whether a space after `FROM:` and `TO:`, which many clients send, is refused. @default {false} */
  strict?: boolean;
  /** How clients log in. */
  auth?: AuthOptions;
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
