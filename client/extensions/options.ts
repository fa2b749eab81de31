/**
 * What a caller may ask of the server for a message.
 *
 * @module
 */

/** What delivery status notifications hold. */
export interface DsnOptions {
  /** How much of the message a notification of failure returns. @default {what the server does by itself} */
  readonly return?: "full" | "headers";
  /** What notifications say to tell this envelope from others: printable ASCII, up to 100 octets once it is encoded. */
  readonly envelopeId?: string;
}

/** By when a message is to be delivered, and what happens otherwise. */
export interface DeliverByOptions {
  /** How long delivery may take, in seconds from now: at least 1 to `"return"`, and less than nothing for what is late to `"notify"`. */
  readonly seconds: number;
  /** Whether a message that is late comes back, or is delivered all the same and the sender is told. */
  readonly mode: "return" | "notify";
  /** Whether each server on the way tells the sender. @default {false} */
  readonly trace?: boolean;
}

/**
 * What the server is asked to do with a message. Where it does not offer the extension that is needed, nothing is sent,
 * and the error is an `SmtpError` of kind `unsupported`.
 */
export interface DeliveryOptions {
  /** What delivery status notifications hold ([RFC 3461](https://www.rfc-editor.org/rfc/rfc3461)); when they come is a matter of each recipient's `notify`. */
  readonly dsn?: DsnOptions;
  /**
   * Whether the message may only travel over verified TLS, all the way
   * ([RFC 8689](https://www.rfc-editor.org/rfc/rfc8689)): it is sent only where the server offers REQUIRETLS, within TLS,
   * and its certificate was verified.
   *
   * @default {false}
   */
  readonly requireTls?: boolean;
  /** By when the message is to be delivered ([RFC 2852](https://www.rfc-editor.org/rfc/rfc2852)). */
  readonly deliverBy?: DeliverByOptions;
  /** How urgent it is, -9 to 9 ([RFC 6710](https://www.rfc-editor.org/rfc/rfc6710)). */
  readonly priority?: number;
  /** How long the server holds the message before it delivers it, in seconds ([RFC 4865](https://www.rfc-editor.org/rfc/rfc4865)). */
  readonly holdFor?: number;
  /** Until when the server holds the message, in place of `holdFor`. */
  readonly holdUntil?: Date;
  /**
   * The address of whoever submitted the message first, for a server that trusts this client
   * ([RFC 4954, section 5](https://www.rfc-editor.org/rfc/rfc4954#section-5)); the empty string says that it is not known.
   */
  readonly submitter?: string;
  /**
   * Whether the octets of the message go out exactly as they are, which a part with `Content-Transfer-Encoding: binary` needs
   * ([RFC 3030, section 3](https://www.rfc-editor.org/rfc/rfc3030#section-3)): otherwise a line end that is not CRLF becomes one.
   * Where the server does not offer BINARYMIME, parts that are declared as `binary` or `8bit` are encoded.
   *
   * @default {false}
   */
  readonly binary?: boolean;
  /**
   * Where the message comes from, for a server that trusts this client
   * ([XFORWARD](https://www.postfix.org/XFORWARD_README.html)): the attributes `NAME`, `ADDR`, `PORT`, `PROTO`, `HELO`,
   * `IDENT` and `SOURCE`, as far as they are known.
   */
  readonly xforward?: Readonly<Record<string, string>>;
}
