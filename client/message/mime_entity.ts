/**
 * What the header of a MIME entity says about its body
 * ([RFC 2045](https://www.rfc-editor.org/rfc/rfc2045)).
 *
 * @module
 */

import {
  ascii,
  BACKSLASH,
  concat,
  CR,
  decodeLatin1,
  DQUOTE,
  equalsIgnoreCase,
  LF,
  SP,
  TAB,
  upperAscii,
} from "../../session/wire/bytes.ts";
import type { HeaderField } from "./header.ts";

const SEMICOLON = 0x3b;
const LPAREN = 0x28;
const RPAREN = 0x29;
const CONTENT_TYPE = ascii("CONTENT-TYPE");
const ENCODING = ascii("CONTENT-TRANSFER-ENCODING");

/** An entity: a message, or a part of one. */
export interface MimeEntity {
  /** The first half of its type, in upper case. */
  readonly type: string;
  /** The second half of its type, in upper case. */
  readonly subtype: string;
  /** What its parts are delimited by, one character for each octet; empty where nothing is said. */
  readonly boundary: string;
  /** Its Content-Transfer-Encoding, in upper case. */
  readonly encoding: string;
}

/**
 * Reads what the header of an entity says about its body.
 *
 * @param fields The fields of the header.
 * @param type The type of an entity that names none, as `TEXT/PLAIN`.
 * @returns What they say. Of two fields of one name, the first counts.
 */
export function mimeEntity(fields: readonly HeaderField[], type: string): MimeEntity {
  const contentType = valueOf(fields, CONTENT_TYPE);
  const [main = "", ...params] = contentType === null ? [type] : divide(contentType);
  const encoding = divide(valueOf(fields, ENCODING) ?? ascii("7BIT"))[0] ?? "";
  const slash = main.indexOf("/");
  const boundary = params.find((param) => upperAscii(param).startsWith("BOUNDARY="));
  return {
    type: upperAscii(main.slice(0, Math.max(slash, 0))),
    subtype: upperAscii(main.slice(slash + 1)),
    boundary: boundary?.slice("BOUNDARY=".length) ?? "",
    encoding: upperAscii(encoding),
  };
}

/**
 * Whether a header has a field.
 *
 * @param fields Its fields.
 * @param name The field's name, in upper case.
 * @returns Whether it is there.
 */
export function hasField(fields: readonly HeaderField[], name: Uint8Array): boolean {
  return fields.some((field) => equalsIgnoreCase(field.name, name));
}

/**
 * Makes a header say another Content-Transfer-Encoding.
 *
 * @param header The header, with the empty line at its end.
 * @param fields Its fields.
 * @param encoding What it shall say.
 * @returns The header with that field in the place of the first that it had of the name, and without the others; everything else is the
 * same, octet for octet.
 */
export function withEncoding(
  header: Uint8Array,
  fields: readonly HeaderField[],
  encoding: string,
): Uint8Array {
  const said = ascii(`Content-Transfer-Encoding: ${encoding}\r\n`);
  const isEncoding = (field: HeaderField): boolean => equalsIgnoreCase(field.name, ENCODING);
  const first = fields.find(isEncoding);
  const pieces = fields.map((field) =>
    field === first ? said : isEncoding(field) ? new Uint8Array() : field.raw
  );
  const length = fields.reduce((sum, field) => sum + field.raw.length, 0);
  return concat([...pieces, header.subarray(length)]);
}

function valueOf(fields: readonly HeaderField[], name: Uint8Array): Uint8Array | null {
  return fields.find((field) => equalsIgnoreCase(field.name, name))?.value ?? null;
}

/** The parts of a value between its semicolons, without comments, quotes, and white space outside of quotes. */
function divide(value: Uint8Array): string[] {
  const parts: number[][] = [[]];
  let comments = 0;
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const octet = value[i];
    const escaped = octet === BACKSLASH && (quoted || comments > 0);
    if (escaped) i++;
    if (comments > 0) {
      if (!escaped) comments += Number(octet === LPAREN) - Number(octet === RPAREN);
    } else if (octet === DQUOTE) quoted = !quoted;
    else if (octet === CR || octet === LF) continue;
    else if (quoted) parts[parts.length - 1].push(escaped ? value[i] : octet);
    else if (octet === LPAREN) comments = 1;
    else if (octet === SEMICOLON) parts.push([]);
    else if (octet !== SP && octet !== TAB) parts[parts.length - 1].push(octet);
  }
  return parts.map((part) => decodeLatin1(Uint8Array.from(part)));
}
