/**
 * The names of protocols that are agreed on in the TLS handshake.
 *
 * @module
 */

/**
 * Checks the protocols for ALPN ([RFC 7301](https://www.rfc-editor.org/rfc/rfc7301) section 3.1).
 *
 * @param names The protocols.
 * @returns A copy of them.
 * @throws {TypeError} If one has no octet, more than 255, or any outside ASCII.
 */
export function checkAlpn(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (name.length > 0 && name.length < 256 && [...name].every((char) => char <= "\x7f")) continue;
    throw new TypeError(
      `Cannot set "tls.alpn": a protocol must have 1 to 255 ASCII characters, got ${
        JSON.stringify(name)
      }`,
    );
  }
  return [...names];
}
