/**
 * What a SASL mechanism is to the rest of the house: a name and two exchanges of octets
 * ([RFC 4422](https://www.rfc-editor.org/rfc/rfc4422)). Base64, the `*` that cancels and the replies
 * belong to the AUTH command ([RFC 4954](https://www.rfc-editor.org/rfc/rfc4954)), not to a mechanism.
 *
 * @module
 */

/**
 * A SASL mechanism: both of its halves. One of your own goes into `auth.mechanisms` of a server and `mechanisms` of a client.
 *
 * @example A mechanism that says who one is in one message, for the server to look up
 * ```ts
 * import { Server } from "@infinity/smtp/server";
 * import type { SaslMechanism } from "@infinity/smtp/session";
 *
 * const badge: SaslMechanism = {
 *   name: "X-BADGE",
 *   plaintext: true,
 *   needs: "password",
 *   client: ({ password }) => ({
 *     initial: () => new TextEncoder().encode(password),
 *     respond: () => Promise.reject(new Error("no challenge was expected")),
 *     complete: true,
 *   }),
 *   server: (context) => ({
 *     async next(response) {
 *       if (response === null) return { kind: "challenge", bytes: new Uint8Array() };
 *       const password = new TextDecoder().decode(response);
 *       const username = "badge";
 *       const answer = await context.login({ username, password, token: null, authzid: null });
 *       return answer.authenticated ? { kind: "accepted", username } : { kind: "refused" };
 *     },
 *   }),
 * };
 *
 * const server = new Server({ auth: { mechanisms: ["PLAIN", badge] } });
 * ```
 */
export interface SaslMechanism {
  /** The registered name, in upper case, such as `"CRAM-MD5"`. */
  readonly name: string;
  /** Whether the password crosses the wire as it is, so that only TLS keeps it secret. */
  readonly plaintext: boolean;
  /**
   * What it proves: `"password"` and `"token"` arrive as they are, of a `"secret"` only a proof does, and a
   * `"certificate"` has come before, with TLS.
   */
  readonly needs: "password" | "secret" | "token" | "certificate";
  /** Set where it binds the exchange to the TLS session, as those do whose names end in `-PLUS` (RFC 5802 section 6). */
  readonly binding?: true;
  /**
   * Begins an authentication as a client.
   *
   * @param credentials Who to authenticate as.
   * @returns The client's half of one exchange.
   * @throws {TypeError} If the credentials cannot be said in this mechanism.
   */
  client(credentials: SaslCredentials): SaslClientExchange;
  /**
   * Begins an authentication as a server.
   *
   * @param context What the exchange may ask of the server.
   * @returns The server's half of one exchange.
   */
  server(context: SaslServerContext): SaslServerExchange;
}

/** Who a client authenticates as, and to whom. */
export interface SaslCredentials {
  /** The name of the account. */
  readonly username: string;
  /** The password. */
  readonly password: string;
  /** The OAuth token; null where there is none. */
  readonly token: string | null;
  /** The name to act as; null for one's own. */
  readonly authzid: string | null;
  /** The host that the client connected to. */
  readonly host: string;
  /** The port that the client connected to. */
  readonly port: number;
  /** What `tls-server-end-point` is here ([RFC 5929, section 4](https://www.rfc-editor.org/rfc/rfc5929#section-4)); null without TLS. */
  readonly channelBinding: Uint8Array | null;
  /** The mechanisms that the server offers, in upper case. */
  readonly offered: readonly string[];
}

/** The client's half of one exchange. */
export interface SaslClientExchange {
  /**
   * The initial response ([RFC 4954, section 4](https://www.rfc-editor.org/rfc/rfc4954#section-4)).
   * Who does not send it, because the line would grow too long, sends nothing in its place: the server
   * then asks for it by an empty challenge, which {@linkcode SaslClientExchange.respond} answers with it.
   *
   * @returns The octets, or null where the server speaks first.
   * @throws {TypeError} If the credentials cannot be said in this mechanism. Nothing has been sent by then.
   */
  initial(): Uint8Array | null | Promise<Uint8Array | null>;
  /**
   * Answers a challenge.
   *
   * @param challenge The decoded octets of the challenge.
   * @returns The octets of the response.
   * @throws {SmtpError} If the challenge does not fit, with kind `"auth"`: the exchange is to be cancelled.
   */
  respond(challenge: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /**
   * Whether this half is content: it has said all that it had to say, and, in a mechanism by which the server
   * authenticates itself too, the server has done so. A server's success before that is not to be believed.
   */
  readonly complete: boolean;
}

/** What the server's half of an exchange may ask of the server. */
export interface SaslServerContext {
  /** The name that the server goes by in challenges. */
  readonly hostname: string;
  /** What `tls-server-end-point` is here ([RFC 5929, section 4](https://www.rfc-editor.org/rfc/rfc5929#section-4)); null without TLS. */
  readonly channelBinding: Uint8Array | null;
  /** Whether a mechanism with a binding is offered here: a client that says that none is has been deceived (RFC 5802 section 6). */
  readonly offersBinding: boolean;
  /** The client's certificate, where it has shown one that was verified; else null. */
  readonly certificate: CertificateNames | null;
  /** Random octets of this server, from which answers for unknown names are made, the same each time. */
  readonly decoyKey: Uint8Array;
  /** How often SCRAM hashes a password that comes as it is, and that of an unknown name. */
  readonly iterations: number;
  /**
   * Asks whether a login holds.
   *
   * @param request Who wants to log in.
   * @returns What the login handler said.
   */
  login(request: LoginRequest): Promise<LoginAnswer>;
}

/** A login, as far as the client has proved it. */
export interface LoginRequest {
  /** The name that the client authenticates by; holds no control characters. */
  readonly username: string;
  /** The password as it came; null in a mechanism in which it never arrives. */
  readonly password: string | null;
  /** The OAuth token as it came; null in a mechanism that has none. */
  readonly token: string | null;
  /** The name that the client wants to act as; null where it did not say, which means its own. */
  readonly authzid: string | null;
}

/** Whom a certificate names. */
export interface CertificateNames {
  /** The subject, one `KEY=value` a line. */
  readonly subject: string;
  /** The alternative names, such as `"email:ada@example.org"`. */
  readonly subjectAltName: string;
  /** The SHA-256 of the certificate, in hexadecimal with colons. */
  readonly fingerprint256: string;
}

/** What the login handler said. */
export interface LoginAnswer {
  /** Its verdict; null where it gave none. */
  readonly authenticated: boolean | null;
  /** The account's password or stored key (RFC 5803), for a mechanism in which the server compares; null where it gave none. */
  readonly secret: string | null;
}

/** The server's half of one exchange. It is done with after any step that is no challenge. */
export interface SaslServerExchange {
  /**
   * Takes the client's response. Where it throws, or has not settled within the server's `timeouts.handler`, nobody is let
   * in, and the answer is 454.
   *
   * @param response The decoded octets; null for an AUTH command without an initial response.
   * @returns What to answer.
   */
  next(response: Uint8Array | null): Promise<SaslServerStep>;
}

/**
 * What the server answers to a response:
 * - `challenge`: 334 with these octets; `refused` where they say that the credentials do not hold, so that 535 follows
 *   whatever the client answers (RFC 7628 section 3.2.3);
 * - `accepted`: 235;
 * - `refused`: 535 5.7.8, the credentials do not hold;
 * - `unavailable`: 454 4.7.0, whether they hold is not known, since the handler did not say what is needed; `fault`, for the
 *   log, is what was wrong with what it did say, and never holds a part of it;
 * - `malformed`: 501, the response is not one of this mechanism; 5.5.2 unless `code` says otherwise.
 */
export type SaslServerStep =
  | { readonly kind: "challenge"; readonly bytes: Uint8Array; readonly refused?: true }
  | { readonly kind: "accepted"; readonly username: string }
  | { readonly kind: "refused" }
  | { readonly kind: "unavailable"; readonly fault?: string }
  | { readonly kind: "malformed"; readonly text: string; readonly code?: "5.7.0" };
