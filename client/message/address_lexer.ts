/**
 * The words and signs of an address field
 * ([RFC 5322, section 3.2](https://www.rfc-editor.org/rfc/rfc5322#section-3.2)), comments and folding left out.
 *
 * @module
 */

import {
  BACKSLASH,
  COMMA,
  CR,
  DEL,
  DOT,
  DQUOTE,
  EQUALS,
  LBRACKET,
  LF,
  RBRACKET,
  SP,
  TAB,
} from "../../session/wire/bytes.ts";

const LPAREN = 0x28;
const RPAREN = 0x29;
const QUESTION = 0x3f;

/** `( ) < > [ ] : ; @ \ , . "`, as RFC 5322 lists them. */
const SPECIALS: ReadonlySet<number> = new Set(
  [LPAREN, RPAREN, 0x3c, 0x3e, LBRACKET, RBRACKET, 0x3a, 0x3b, 0x40, BACKSLASH, COMMA, DOT, DQUOTE],
);

/** Encoded-words have 75 octets at the most (RFC 2047 2); some writers exceed it a little. */
const ENCODED_WORD = 128;

/**
 * A word or a sign:
 * - `atom`: as it stands;
 * - `quoted`: the content of a quoted string, unescaped;
 * - `encoded`: an encoded-word with signs in it, which RFC 2047 forbids and many write: nothing but part of a name;
 * - `literal`: a domain literal with its brackets;
 * - `sign`: one of the specials;
 * - `end`.
 */
export type Token =
  | { readonly kind: "atom" | "quoted" | "encoded" | "literal"; readonly bytes: Uint8Array }
  | { readonly kind: "sign"; readonly octet: number }
  | { readonly kind: "end" };

const END: Token = { kind: "end" };

/** Reads the tokens of a field's value one by one. Each octet is looked at a bounded number of times. */
export class AddressLexer {
  readonly #bytes: Uint8Array;
  #at = 0;
  #next: Token | null = null;

  /**
   * Makes a lexer.
   *
   * @param bytes The value of a field, with its line ends.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * The next token, which stays the next.
   *
   * @returns The token.
   * @throws {SyntaxError} If a comment, a quoted string or a literal does not end, or a control character stands there.
   */
  peek(): Token {
    return this.#next ??= this.#read();
  }

  /**
   * Takes the next token.
   *
   * @returns The token.
   * @throws {SyntaxError} As {@linkcode AddressLexer.peek}.
   */
  take(): Token {
    const token = this.peek();
    this.#next = null;
    return token;
  }

  /**
   * Whether the next token is a sign.
   *
   * @param octet The sign.
   * @returns Whether it is this one.
   * @throws {SyntaxError} As {@linkcode AddressLexer.peek}.
   */
  at(octet: number): boolean {
    const token = this.peek();
    return token.kind === "sign" && token.octet === octet;
  }

  #read(): Token {
    this.#skipBlanks();
    const octet = this.#bytes[this.#at];
    if (octet === undefined) return END;
    if (octet === DQUOTE) return { kind: "quoted", bytes: this.#quoted() };
    if (octet === LBRACKET) return { kind: "literal", bytes: this.#literal() };
    if (SPECIALS.has(octet)) {
      this.#at++;
      return { kind: "sign", octet };
    }
    if (octet < SP || octet === DEL) throw new SyntaxError("a control character");
    return this.#word();
  }

  #word(): Token {
    const start = this.#at;
    while (this.#at < this.#bytes.length && isAtomText(this.#bytes[this.#at])) this.#at++;
    const end = encodedWordEnd(this.#bytes, start);
    if (end <= this.#at) return { kind: "atom", bytes: this.#bytes.subarray(start, this.#at) };
    this.#at = end;
    return { kind: "encoded", bytes: this.#bytes.subarray(start, end) };
  }

  #quoted(): Uint8Array {
    const content: number[] = [];
    for (let i = this.#at + 1; i < this.#bytes.length; i++) {
      const octet = this.#bytes[i];
      if (octet === DQUOTE) {
        this.#at = i + 1;
        return Uint8Array.from(content);
      }
      if (octet === BACKSLASH && i + 1 < this.#bytes.length) content.push(this.#bytes[++i]);
      else if (octet !== CR && octet !== LF) content.push(octet);
    }
    throw new SyntaxError("a quoted string that does not end");
  }

  #literal(): Uint8Array {
    const start = this.#at;
    for (let i = start + 1; i < this.#bytes.length; i++) {
      const octet = this.#bytes[i];
      if (octet === LBRACKET || octet === BACKSLASH) break;
      if (octet !== RBRACKET) continue;
      this.#at = i + 1;
      return this.#bytes.subarray(start, this.#at);
    }
    throw new SyntaxError("a domain literal that does not end");
  }

  /** Skips white space, line ends and comments; those nest, to any depth, without recursion. */
  #skipBlanks(): void {
    let depth = 0;
    for (; this.#at < this.#bytes.length; this.#at++) {
      const octet = this.#bytes[this.#at];
      if (octet === LPAREN) depth++;
      else if (depth === 0 && !isBlank(octet)) return;
      else if (octet === RPAREN) depth--;
      else if (octet === BACKSLASH) this.#at++;
    }
    if (depth > 0) throw new SyntaxError("a comment that does not end");
  }
}

function isBlank(octet: number): boolean {
  return octet === SP || octet === TAB || octet === CR || octet === LF;
}

function isAtomText(octet: number): boolean {
  return octet > SP && octet !== DEL && !SPECIALS.has(octet);
}

/** Where the encoded-word that starts at an index ends (RFC 2047 section 2); -1 where none starts. */
function encodedWordEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== EQUALS || bytes[at + 1] !== QUESTION) return -1;
  let marks = 0;
  for (let i = at + 2; i < Math.min(bytes.length, at + ENCODED_WORD); i++) {
    if (bytes[i] <= SP || bytes[i] >= DEL) return -1;
    if (bytes[i] !== QUESTION) continue;
    marks++;
    if (marks >= 3 && bytes[i + 1] === EQUALS) return i + 2;
  }
  return -1;
}
