/**
 * The head of a message in the mechanisms of the GS2 family, which SCRAM and OAUTHBEARER are of
 * ([RFC 5801, section 4](https://www.rfc-editor.org/rfc/rfc5801#section-4)): whether the exchange is bound to the TLS
 * session, and whom the client wants to act as.
 *
 * @module
 */

/**
 * Writes a name so that it holds no comma and no equals sign but those of its escapes.
 *
 * @param name The name.
 * @returns The name as a `saslname`.
 */
export function encodeSaslName(name: string): string {
  return name.replaceAll("=", "=3D").replaceAll(",", "=2C");
}

/**
 * Undoes {@linkcode encodeSaslName}.
 *
 * @param text A `saslname`.
 * @returns The name; null where there is an equals sign that begins no escape, or a comma.
 */
export function decodeSaslName(text: string): string | null {
  if (text.includes(",")) return null;
  const [first, ...rest] = text.split("=");
  let name = first;
  for (const part of rest) {
    if (part.startsWith("2C")) name += ",";
    else if (part.startsWith("3D")) name += "=";
    else return null;
    name += part.slice(2);
  }
  return name;
}
