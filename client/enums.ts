/**
 * The enumerations of the specification's `infinity.smtp.client`.
 *
 * @module
 */

/** How a client authenticates, with the specification's numbers. */
export const AuthMode = {
  /** Not at all. */
  none: 0,
  /** By username and password: PLAIN, else LOGIN. */
  default: 1,
  /**
   * By the strongest SASL mechanism that both sides have ([RFC 4954](https://www.rfc-editor.org/rfc/rfc4954)), in this order: SCRAM-SHA-256-PLUS,
   * SCRAM-SHA-1-PLUS, SCRAM-SHA-256, SCRAM-SHA-1, OAUTHBEARER, XOAUTH2, EXTERNAL, CRAM-MD5, PLAIN, LOGIN. Each needs what is set for it: a
   * password, a token or `tls.cert`.
   */
  sasl: 2,
} as const;

/** One of the modes of {@linkcode AuthMode}. */
export type AuthMode = typeof AuthMode[keyof typeof AuthMode];

/** How a client encrypts; 0 and 1 are the specification's, the others go past it. */
export const EncryptMode = {
  /** Not at all. */
  none: 0,
  /** Implicit TLS on the ports 465 and 2465, STARTTLS, required, on every other. */
  sslTls: 1,
  /** STARTTLS, required, on any port ([RFC 3207](https://www.rfc-editor.org/rfc/rfc3207)). */
  startTls: 2,
  /** Implicit TLS on any port ([RFC 8314](https://www.rfc-editor.org/rfc/rfc8314)). */
  implicitTls: 3,
  /** STARTTLS where the server offers it, else in clear: whoever sits between can prevent it. */
  opportunistic: 4,
} as const;

/** One of the modes of {@linkcode EncryptMode}. */
export type EncryptMode = typeof EncryptMode[keyof typeof EncryptMode];

/** What a mode means on a port: TLS first, STARTTLS or nothing. */
export type TlsPlan = "implicit" | "required" | "opportunistic" | "none";

/**
 * What an encryption mode means on a port.
 *
 * @param mode The mode.
 * @param port The port.
 * @returns What to do.
 */
export function tlsPlan(mode: EncryptMode, port: number): TlsPlan {
  switch (mode) {
    case EncryptMode.none:
      return "none";
    case EncryptMode.sslTls:
      return port === 465 || port === 2465 ? "implicit" : "required";
    case EncryptMode.startTls:
      return "required";
    case EncryptMode.implicitTls:
      return "implicit";
    case EncryptMode.opportunistic:
      return "opportunistic";
  }
}

/**
 * The port of an encryption mode, where none is set.
 *
 * @param mode The mode.
 * @returns The port.
 */
export function defaultPort(mode: EncryptMode): number {
  switch (mode) {
    case EncryptMode.sslTls:
    case EncryptMode.implicitTls:
      return 465;
    case EncryptMode.startTls:
      return 587;
    case EncryptMode.none:
    case EncryptMode.opportunistic:
      return 25;
  }
}
