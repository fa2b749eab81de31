/**
 * A message in 7-bit octets: the bodies that say that they are 8-bit or binary are encoded, everything else stays as it is
 * ([RFC 6152, section 3](https://www.rfc-editor.org/rfc/rfc6152#section-3)).
 *
 * @module
 */

import { isAscii } from "node:buffer";
import { SmtpError } from "../../session/errors.ts";
import { ascii, concat, CR, EMPTY, HYPHEN, LF, NUL, SP, TAB } from "../../session/wire/bytes.ts";
import { DotEncoder } from "../../session/wire/dot_stuffing.ts";
import { AS_IT_IS, type ContentEncoder } from "./encoder.ts";
import { parseHeader } from "./header.ts";
import { type BodyEncoder, bodyEncoder } from "./mime_body.ts";
import { hasField, type MimeEntity, mimeEntity, withEncoding } from "./mime_entity.ts";

/** Longer lines are looked at in pieces: no boundary is as long, it has 70 characters at the most (RFC 2046, section 5.1.1). */
const LONGEST_LINE = 1024;
/** The most octets in the header of a part, which is held. */
const LONGEST_HEADER = 1024 * 1024;
/** How deep parts may lie within parts. */
const DEEPEST = 100;

const MIME_VERSION = ascii("MIME-VERSION");
/** Fields by which a signature covers the body as it travels (RFC 6376, RFC 8617). */
const SIGNATURES = ["DKIM-SIGNATURE", "ARC-MESSAGE-SIGNATURE"];

/** Why the octets of a body have to stay as they are. */
const Why = {
  header: "its header has octets above 127",
  lines: "a line of its header ends with anything but CRLF",
  mime: "it has no MIME-Version",
  undeclared: "a part has octets above 127 and no Content-Transfer-Encoding: 8bit",
  type: "a part of a type that may not be encoded has octets above 127",
  signed: "it holds a signature, which another encoding would break",
  deep: `its parts are more than ${DEEPEST} deep`,
  large: "the header of a part is too long",
} as const;

/** A multipart whose end has not come. */
interface Multipart {
  readonly delimiter: Uint8Array;
  /** The type of parts that name none. */
  readonly partType: string;
}

/** Encodes a message, cut anywhere. Its memory is bounded by the header of one entity. */
export class SevenBitEncoder implements ContentEncoder {
  readonly #binary: boolean;
  readonly #lines: ContentEncoder;
  readonly #open: Multipart[] = [];
  #out: Uint8Array[] = [];
  /** What has come of a line. */
  #held: Uint8Array = EMPTY;
  #atLineStart = true;
  /** The header that is being read; null within a body. */
  #header: Uint8Array[] | null = [];
  #headerLength = 0;
  /** The type of the entity, where it names none. */
  #type = "TEXT/PLAIN";
  /** Whether the header is that of a message, be it within another. */
  #isMessage = true;
  /** What encodes the body; null where it passes as it is. */
  #body: BodyEncoder | null = null;
  #why: string = Why.undeclared;
  #last = LF;

  /**
   * Makes an encoder.
   *
   * @param binary Whether the line ends of the message are content, too.
   */
  constructor(binary: boolean) {
    this.#binary = binary;
    this.#lines = binary ? AS_IT_IS : new DotEncoder(false);
  }

  /**
   * Encodes a piece.
   *
   * @param piece The next octets of the message.
   * @returns What they and those before have come to.
   * @throws {SmtpError} Kind `unsupported` if there are 8-bit octets that must stay as they are.
   */
  encode(piece: Uint8Array): Uint8Array {
    this.#push(this.#lines.encode(piece));
    return this.#taken();
  }

  /**
   * Ends the message.
   *
   * @returns What was held back.
   * @throws {SmtpError} As {@linkcode SevenBitEncoder.encode}.
   */
  finish(): Uint8Array {
    this.#push(this.#lines.finish());
    if (this.#held.length > 0) this.#line(this.#held, true);
    if (this.#header !== null) this.#endHeader(this.#header);
    this.#out.push(this.#body?.finish(false) ?? EMPTY);
    return this.#taken();
  }

  #taken(): Uint8Array {
    const taken = concat(this.#out);
    this.#out = [];
    return taken;
  }

  #push(piece: Uint8Array): void {
    const octets = this.#held.length === 0 ? piece : concat([this.#held, piece]);
    let start = 0;
    for (let at = octets.indexOf(LF); at >= 0; at = octets.indexOf(LF, at + 1)) {
      if (octets[at - 1] !== CR || at === start) continue;
      this.#line(octets.subarray(start, at + 1), true);
      start = at + 1;
    }
    let rest = octets.subarray(start);
    // A CR stays with its LF.
    const cut = rest.length - Number(rest.at(-1) === CR);
    if (cut > LONGEST_LINE) {
      this.#line(rest.subarray(0, cut), false);
      rest = rest.subarray(cut);
    }
    // It is told at once, not when the line ends.
    if (this.#body === null && !isAscii(rest)) {
      throw this.#cannot(this.#header === null ? this.#why : Why.header);
    }
    this.#held = rest.slice();
  }

  /** Takes a line, or a piece of a long one. */
  #line(line: Uint8Array, whole: boolean): void {
    const starts = this.#atLineStart;
    this.#atLineStart = whole;
    if (starts && whole && line[0] === HYPHEN && line[1] === HYPHEN && this.#delimits(line)) return;
    if (this.#header === null) return this.#content(line);
    this.#headerLength += line.length;
    if (this.#headerLength > LONGEST_HEADER) throw this.#cannot(Why.large);
    this.#header.push(line.slice());
    if (starts && line[0] === CR && line[1] === LF) this.#endHeader(this.#header);
  }

  /** Whether a line delimits parts of a multipart, be it one further out; if so, it is taken. */
  #delimits(line: Uint8Array): boolean {
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const { delimiter, partType } = this.#open[i];
      const end = delimiterEnd(line, delimiter);
      if (end === null) continue;
      if (this.#header !== null) this.#endHeader(this.#header);
      this.#out.push(this.#body?.finish(true) ?? EMPTY, line.slice());
      this.#open.length = end === "last" ? i : i + 1;
      this.#header = null;
      this.#body = null;
      this.#why = Why.undeclared;
      if (end === "next") this.#begin(partType, false);
      return true;
    }
    return false;
  }

  #begin(type: string, isMessage: boolean): void {
    this.#header = [];
    this.#headerLength = 0;
    this.#type = type;
    this.#isMessage = isMessage;
  }

  #endHeader(pieces: readonly Uint8Array[]): void {
    const header = concat(pieces);
    if (!isAscii(header)) throw this.#cannot(Why.header);
    // Others would see the header end elsewhere.
    if (this.#binary && !this.#isText(header)) throw this.#cannot(Why.lines);
    const isMessage = this.#isMessage;
    this.#header = null;
    const fields = parseHeader(header);
    const entity = mimeEntity(fields, this.#type);
    if (isMessage && !hasField(fields, MIME_VERSION)) this.#pass(header, Why.mime);
    else if (isMessage && SIGNATURES.some((name) => hasField(fields, ascii(name)))) {
      this.#pass(header, Why.signed);
    } else {
      const plan = planOf(entity);
      if (plan.why !== null) return this.#pass(header, plan.why);
      this.#out.push(plan.encoding === null ? header : withEncoding(header, fields, plan.encoding));
      this.#enter(entity, plan.encoding);
    }
  }

  /** Goes into the body of an entity whose header has been written. */
  #enter({ type, subtype, boundary }: MimeEntity, encoding: string | null): void {
    if (type === "MULTIPART") {
      if (this.#open.length === DEEPEST) throw this.#cannot(Why.deep);
      const partType = subtype === "DIGEST" ? "MESSAGE/RFC822" : "TEXT/PLAIN";
      const delimiter = Uint8Array.from(`--${boundary}`, (char) => char.charCodeAt(0));
      this.#open.push({ delimiter, partType });
    } else if (type === "MESSAGE" && subtype === "RFC822") this.#begin("TEXT/PLAIN", true);
    else if (encoding !== null) this.#body = bodyEncoder(encoding);
  }

  /** Leaves a header and the body behind it as they are. */
  #pass(header: Uint8Array, why: string): void {
    this.#out.push(header);
    this.#why = why;
  }

  #content(line: Uint8Array): void {
    if (this.#body !== null) return void this.#out.push(this.#body.encode(line));
    if (!isAscii(line) || this.#binary && !this.#isText(line)) throw this.#cannot(this.#why);
    this.#out.push(line.slice());
  }

  /** Whether octets of a binary message can pass as lines. */
  #isText(line: Uint8Array): boolean {
    for (const octet of line) {
      if (octet === NUL || (octet === LF) !== (this.#last === CR)) return false;
      this.#last = octet;
    }
    return true;
  }

  #cannot(why: string): SmtpError {
    const missing = this.#binary ? "BINARYMIME" : "8BITMIME";
    return new SmtpError(
      "unsupported",
      `Cannot send: the server does not offer ${missing}, and the message cannot be encoded: ${why}`,
      { temporary: false },
    );
  }
}

/** What happens to an entity: why it stays as it is, or what its header says from now on. */
interface Plan {
  readonly why: string | null;
  /** The new Content-Transfer-Encoding; null where it keeps its own. */
  readonly encoding: string | null;
}

function planOf({ type, subtype, boundary, encoding }: MimeEntity): Plan {
  const declared = encoding === "8BIT" || encoding === "BINARY";
  if (type === "MULTIPART") {
    if (subtype === "SIGNED" || subtype === "ENCRYPTED") return { why: Why.signed, encoding: null };
    if (boundary === "") return { why: Why.undeclared, encoding: null };
    return { why: null, encoding: declared ? "7bit" : null };
  }
  if (type === "MESSAGE" && !subtype.startsWith("GLOBAL")) {
    // Behind another encoding, which is not allowed (RFC 2046 5.2.1), there are no lines of a message.
    const readable = declared || encoding === "7BIT";
    if (subtype !== "RFC822" || !readable) return { why: Why.type, encoding: null };
    return { why: null, encoding: declared ? "7bit" : null };
  }
  if (!declared) return { why: Why.undeclared, encoding: null };
  const text = type === "TEXT" && encoding === "8BIT";
  return { why: null, encoding: text ? "quoted-printable" : "base64" };
}

/** Whether a line is a delimiter, and whether parts follow it; white space may (RFC 2046, section 5.1.1). */
function delimiterEnd(line: Uint8Array, delimiter: Uint8Array): "next" | "last" | null {
  let at = delimiter.length;
  if (line.length < at || delimiter.some((octet, i) => octet !== line[i])) return null;
  const last = line[at] === HYPHEN && line[at + 1] === HYPHEN;
  if (last) at += 2;
  while (line[at] === SP || line[at] === TAB) at++;
  if (at < line.length && line[at] !== CR) return null;
  return last ? "last" : "next";
}
