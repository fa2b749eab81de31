/**
 * What a server can do, as it says in its reply to EHLO
 * ([RFC 5321 section 4.1.1.1](https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.1)).
 *
 * @module
 */

import { HYPHEN, isDigit, isLetter, upperAscii } from "./bytes.ts";

/** The parameters of each extension, by its keyword in upper case. The mechanisms of AUTH are in upper case too. */
export type Capabilities = ReadonlyMap<string, readonly string[]>;

/** How many keywords, and parameters of one keyword, are taken from a server. */
const MAX_KEYWORDS = 256;
const MAX_PARAMS = 64;

/**
 * Reads the extensions from the reply to EHLO. Blanks around and between words, lower case, and the old `AUTH=PLAIN` are
 * understood; lines that are nothing of the kind are skipped. A keyword that comes twice counts as it came first, but for
 * AUTH, whose mechanisms are gathered.
 *
 * @param lines The lines of the reply. The first is the greeting.
 * @returns The extensions.
 */
export function parseCapabilities(lines: readonly string[]): Capabilities {
  const capabilities = new Map<string, readonly string[]>();
  for (const line of lines.slice(1)) {
    const words = line.split(" ", 4 * MAX_PARAMS).filter(isWord);
    if (words.length === 0) continue;
    const [keyword, first] = divide(words[0]);
    if (!isKeyword(keyword)) continue;
    const params = first === "" ? words.slice(1) : [first, ...words.slice(1)];
    const known = capabilities.get(keyword);
    if (keyword === "AUTH") {
      const all = new Set([...known ?? [], ...params.map(upperAscii)]);
      capabilities.set(keyword, [...all].slice(0, MAX_PARAMS));
    } else if (known === undefined && capabilities.size < MAX_KEYWORDS) {
      capabilities.set(keyword, params.slice(0, MAX_PARAMS));
    }
  }
  return capabilities;
}

function isWord(word: string): boolean {
  return word !== "";
}

/** The keyword, and what stands behind an `=` in the same word. */
function divide(word: string): [keyword: string, param: string] {
  const equals = word.indexOf("=");
  return equals < 0
    ? [upperAscii(word), ""]
    : [upperAscii(word.slice(0, equals)), word.slice(equals + 1)];
}

function isKeyword(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return false;
    if (!isLetter(code) && !isDigit(code) && (i === 0 || code !== HYPHEN)) return false;
  }
  return text !== "";
}
