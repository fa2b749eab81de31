/**
 * The addresses of a field such as To
 * ([RFC 5322, section 3.4](https://www.rfc-editor.org/rfc/rfc5322#section-3.4), and section 4.4 for what is obsolete).
 *
 * @module
 */

import { type Address, parseMailbox } from "../../session/wire/address.ts";
import { AT, COLON, COMMA, decodeUtf8, DOT, GT, LT } from "../../session/wire/bytes.ts";
import { AddressLexer, type Token } from "./address_lexer.ts";

const SEMICOLON = 0x3b;

/**
 * Reads the addresses of a field. Display names, comments and the names of groups are passed over, a source
 * route is dropped, an empty element is none. One that cannot be read spoils the whole: to leave it out would be
 * to lose a recipient in silence.
 *
 * @param value The octets behind the field's colon, with its line ends.
 * @returns The addresses, in order.
 * @throws {SyntaxError} If the value is not a list of addresses; its message says what stood there.
 */
export function parseAddressList(value: Uint8Array): Address[] {
  const lexer = new AddressLexer(value);
  const addresses: Address[] = [];
  while (lexer.peek().kind !== "end") {
    if (lexer.at(COMMA)) {
      lexer.take();
      continue;
    }
    readAddress(lexer, addresses);
    if (!lexer.at(COMMA) && lexer.peek().kind !== "end") {
      throw new SyntaxError("something other than a comma behind an address");
    }
  }
  return addresses;
}

function readAddress(lexer: AddressLexer, addresses: Address[]): void {
  const words = readWords(lexer);
  if (!lexer.at(COLON)) {
    addresses.push(readMailbox(lexer, words));
    return;
  }
  if (words.length === 0) throw new SyntaxError("a group without a name");
  lexer.take();
  readGroup(lexer, addresses);
}

/** The members of a group, up to its semicolon; some writers leave that out at the very end. */
function readGroup(lexer: AddressLexer, addresses: Address[]): void {
  while (!lexer.at(SEMICOLON) && lexer.peek().kind !== "end") {
    if (lexer.at(COMMA)) {
      lexer.take();
      continue;
    }
    addresses.push(readMailbox(lexer, readWords(lexer)));
    if (!lexer.at(COMMA) && !lexer.at(SEMICOLON) && lexer.peek().kind !== "end") {
      throw new SyntaxError("something other than a comma in a group");
    }
  }
  lexer.take();
}

function readMailbox(lexer: AddressLexer, words: readonly Token[]): Address {
  if (lexer.at(AT)) return readAddrSpec(lexer, words);
  if (!lexer.at(LT)) throw new SyntaxError("a name without an address");
  lexer.take();
  skipRoute(lexer);
  const address = readAddrSpec(lexer, readWords(lexer));
  if (!lexer.at(GT)) throw new SyntaxError('an address without its ">"');
  lexer.take();
  return address;
}

/** Passes over `@a,@b:` in front of an address (RFC 5322 4.4). */
function skipRoute(lexer: AddressLexer): void {
  if (!lexer.at(AT) && !lexer.at(COMMA)) return;
  while (!lexer.at(COLON)) {
    if (lexer.at(AT)) {
      lexer.take();
      readDomain(lexer);
    } else if (lexer.at(COMMA)) {
      lexer.take();
    } else {
      throw new SyntaxError("a source route that does not end");
    }
  }
  lexer.take();
}

function readAddrSpec(lexer: AddressLexer, words: readonly Token[]): Address {
  const localPart = joinLocalPart(words);
  if (!lexer.at(AT)) throw new SyntaxError("an address without a domain");
  lexer.take();
  const domain = readDomain(lexer);
  const quoted = localPart.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return parseMailbox(`"${quoted}"@${domain}`);
}

/** Words and dots: a display name, the name of a group, or a local part. */
function readWords(lexer: AddressLexer): Token[] {
  const words: Token[] = [];
  for (;;) {
    const token = lexer.peek();
    if (token.kind === "end" || token.kind === "literal") return words;
    if (token.kind === "sign" && token.octet !== DOT) return words;
    words.push(lexer.take());
  }
}

/** `local-part`, and `obs-local-part`: words with a dot between each two. */
function joinLocalPart(words: readonly Token[]): string {
  let text = "";
  words.forEach((token, index) => {
    if (token.kind === "sign" ? index % 2 === 0 : index % 2 === 1) {
      throw new SyntaxError("words or dots that are no local part");
    }
    text += token.kind === "sign" ? "." : wordText(token);
  });
  if (words.length % 2 === 0) throw new SyntaxError("an address without a whole local part");
  return text;
}

function readDomain(lexer: AddressLexer): string {
  if (lexer.peek().kind === "literal") return wordText(lexer.take());
  let domain = domainLabel(lexer);
  while (lexer.at(DOT)) {
    lexer.take();
    domain += `.${domainLabel(lexer)}`;
  }
  return domain;
}

function domainLabel(lexer: AddressLexer): string {
  const token = lexer.take();
  if (token.kind !== "atom") throw new SyntaxError("an address without a whole domain");
  return wordText(token);
}

function wordText(token: Token): string {
  if (token.kind === "sign" || token.kind === "end" || token.kind === "encoded") {
    throw new SyntaxError("an encoded-word in an address");
  }
  const text = decodeUtf8(token.bytes);
  if (text === null) throw new SyntaxError("an address that is not UTF-8");
  return text;
}
