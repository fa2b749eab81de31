/**
 * The name of a protocol as the `with` clause of a `Received` field has it.
 *
 * @module
 */

/** What the name depends on. */
export interface Transmission {
  /** Whether it is LMTP (RFC 2033) rather than SMTP. */
  readonly lmtp: boolean;
  /** Whether the client said EHLO. */
  readonly extended: boolean;
  /** Whether the session is encrypted. */
  readonly secure: boolean;
  /** Whether the client has logged in. */
  readonly authenticated: boolean;
  /** Whether the transaction was begun with SMTPUTF8. */
  readonly utf8: boolean;
}

/**
 * Names a protocol ([RFC 3848](https://www.rfc-editor.org/rfc/rfc3848),
 * [RFC 6531, section 4.3](https://www.rfc-editor.org/rfc/rfc6531#section-4.3)).
 *
 * @param transmission What the name depends on.
 * @returns Such as `"ESMTPSA"`.
 */
export function transmissionType(transmission: Transmission): string {
  const { lmtp, extended, secure, authenticated, utf8 } = transmission;
  const suffix = `${secure ? "S" : ""}${authenticated ? "A" : ""}`;
  if (utf8) return `UTF8${lmtp ? "LMTP" : "SMTP"}${suffix}`;
  if (lmtp) return `LMTP${suffix}`;
  // RFC 3848 has no name for HELO within TLS: those of ESMTP come nearest.
  return extended || suffix !== "" ? `ESMTP${suffix}` : "SMTP";
}
