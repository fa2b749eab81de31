/**
 * What the hellos of both ends of TLS are made of ([RFC 8446](https://www.rfc-editor.org/rfc/rfc8446) section 3).
 *
 * @module
 */

/** As many octets as a length said. */
export interface Vector {
  /** The octets, without their length. */
  readonly content: Uint8Array;
  /** Where what follows begins. */
  readonly end: number;
}

/**
 * Reads a length, and as many octets.
 *
 * @param bytes The message.
 * @param at Where the length stands.
 * @param digits How many octets it has.
 * @returns The octets; null where there are not so many.
 */
export function vector(bytes: Uint8Array, at: number, digits: 1 | 2): Vector | null {
  const start = at + digits;
  if (start > bytes.length) return null;
  const end = start + (digits === 1 ? bytes[at] : uint16(bytes, at));
  return end > bytes.length ? null : { content: bytes.subarray(start, end), end };
}

/**
 * Reads the extensions at the end of a hello.
 *
 * @param body The hello.
 * @param at Where they begin; at its end where there are none.
 * @returns The content of each, by its type; null where they are malformed.
 */
export function extensionsOf(body: Uint8Array, at: number): Map<number, Uint8Array> | null {
  const extensions = new Map<number, Uint8Array>();
  if (at === body.length) return extensions;
  const all = vector(body, at, 2);
  if (all === null || all.end !== body.length) return null;
  for (let next = 0; next < all.content.length;) {
    const extension = vector(all.content, next + 2, 2);
    if (extension === null) return null;
    extensions.set(uint16(all.content, next), extension.content);
    next = extension.end;
  }
  return extensions;
}

/**
 * Reads a number of two octets.
 *
 * @param bytes The message.
 * @param at Where it stands.
 * @returns The number.
 */
export function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at] << 8 | bytes[at + 1];
}
