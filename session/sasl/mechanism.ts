/**
 * What a SASL mechanism is to the rest of the house: a name and two exchanges of octets
 * ([RFC 4422](https://www.rfc-editor.org/rfc/rfc4422)). Base64, the `*` that cancels and the replies
 * belong to the AUTH command ([RFC 4954](https://www.rfc-editor.org/rfc/rfc4954)), not to a mechanism.
 *
 * @module
 */

/** A SASL mechanism: both of its halves. */
export interface Mechanism {
  /** The registered name, in upper case, such as `"CRAM-MD5"`. */
  readonly name: string;
  /** Whether the password crosses the wire as it is, so that only TLS keeps it secret. */
  readonly plaintext: boolean;
  /**
   * Begins an authentication as a client.
   *
   * @param credentials Who to authenticate as.
   * @returns The client's half of one exchange.
   * @throws {TypeError} If the credentials cannot be said in this mechanism.
   */
  client(credentials: ClientCredentials): ClientExchange;
  /**
   * Begins an authentication as a server.
   *
   * @param context What the exchange may ask of the server.
   * @returns The server's half of one exchange.
   */
  server(context: ServerContext): ServerExchange;
}

/** Who a client authenticates as, and to whom. */
export interface ClientCredentials {
  /** The name of the account. */
  readonly username: string;
  /** The password, or the token where a mechanism takes one. */
  readonly password: string;
  /** The host that the client connected to. */
  readonly host: string;
  /** The port that the client connected to. */
  readonly port: number;
}

/** The client's half of one exchange. */
export interface ClientExchange {
  /**
   * The initial response ([RFC 4954, section 4](https://www.rfc-editor.org/rfc/rfc4954#section-4)).
   * Who does not send it, because the line would grow too long, sends nothing in its place: the server
   * then asks for it by an empty challenge, which {@linkcode ClientExchange.respond} answers with it.
   *
   * @returns The octets, or null where the server speaks first.
   */
  initial(): Uint8Array | null;
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
export interface ServerContext {
  /** The name that the server goes by in challenges. */
  readonly hostname: string;
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
  /** The name that the client wants to act as; null where it did not say, which means its own. */
  readonly authzid: string | null;
}

/** What the login handler said. */
export interface LoginAnswer {
  /** Its verdict; null where it gave none. */
  readonly authenticated: boolean | null;
  /** The account's password, for a mechanism in which the server compares; null where it gave none. */
  readonly secret: string | null;
}

/** The server's half of one exchange. It is done with after any step that is no challenge. */
export interface ServerExchange {
  /**
   * Takes the client's response.
   *
   * @param response The decoded octets; null for an AUTH command without an initial response.
   * @returns What to answer.
   */
  next(response: Uint8Array | null): Promise<ServerStep>;
}

/**
 * What the server answers to a response:
 * - `challenge`: 334 with these octets;
 * - `accepted`: 235;
 * - `refused`: 535 5.7.8, the credentials do not hold;
 * - `unavailable`: 454 4.7.0, whether they hold is not known, since the handler did not say what is needed;
 * - `malformed`: 501, the response is not one of this mechanism; 5.5.2 unless `code` says otherwise.
 */
export type ServerStep =
  | { readonly kind: "challenge"; readonly bytes: Uint8Array }
  | { readonly kind: "accepted"; readonly username: string }
  | { readonly kind: "refused" }
  | { readonly kind: "unavailable" }
  | { readonly kind: "malformed"; readonly text: string; readonly code?: "5.7.0" };
