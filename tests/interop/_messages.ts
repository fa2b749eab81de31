/** Messages that are sent through other programs, and what must arrive. */

import { assertEquals } from "@std/assert";

/** A message as it must arrive, to the octet. Every line ends in CRLF, the last one too. */
export interface Sample {
  /** What is special about it. */
  readonly name: string;
  /** The message. */
  readonly bytes: Uint8Array;
}

/**
 * A message with a header.
 *
 * @param body Its body, one character for each octet; lines end in CRLF.
 * @returns The message.
 */
export function message(body: string): Uint8Array {
  const header = "From: <ada@example.org>\r\nTo: <bob@example.org>\r\nSubject: a test\r\n" +
    "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n";
  return octets(`${header}\r\n${body}`);
}

/**
 * Octets from text.
 *
 * @param text One character, up to U+00FF, for each octet.
 * @returns The octets.
 */
export function octets(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A short message in ASCII. */
export const PLAIN: Sample = { name: "plain", bytes: message("Hello Bob,\r\n\r\nbye, Ada\r\n") };

/** Octets that are no line end and no NUL. */
const OCTETS = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1))
  .filter((char) => char !== "\r" && char !== "\n").join("");

/** Every octet but NUL; valid UTF-8, ISO 8859-1 and neither. */
export const EIGHT_BIT: Sample = {
  name: "8-bit",
  bytes: message(`Gr\xc3\xbc\xc3\x9fe (UTF-8), Gr\xfc\xdfe (ISO 8859-1)\r\n${OCTETS}\r\n`),
};

/** Lines that begin with dots, and some that look like the end of the data. */
export const DOTS: Sample = {
  name: "dots",
  bytes: message(".\r\n..\r\n...\r\n.one\r\n..two\r\n\r\n.\r\n\r\n. \r\n.\tQUIT\r\nend\r\n"),
};

/** Short messages of every kind. */
export const SAMPLES: readonly Sample[] = [PLAIN, EIGHT_BIT, DOTS];

/**
 * 10 MiB to the octet: lines of many lengths up to 901 octets, some of which begin with dots.
 *
 * @returns The message; the same each time.
 */
export function large(): Sample {
  const bytes = new Uint8Array(10 * 1024 * 1024);
  const header = message("");
  bytes.set(header);
  let state = 1;
  let at = header.length;
  while (at < bytes.length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const length = 2 + state % 900;
    const end = bytes.length - at - length < 2 ? bytes.length : at + length;
    // All that may stand in a line, from a different octet on each time.
    for (let i = at; i < end; i++) bytes[i] = OCTETS.charCodeAt((i * 7 + state) % OCTETS.length);
    if (state % 5 === 0) bytes[at] = 0x2e;
    at = end;
    bytes[at - 2] = 0x0d;
    bytes[at - 1] = 0x0a;
  }
  return { name: "10 MiB", bytes };
}

/**
 * A message as programs on this system keep it in files: with LF alone at the end of a line.
 *
 * @param bytes The message.
 * @returns The same with LF.
 */
export function withLineFeeds(bytes: Uint8Array): Uint8Array {
  return bytes.filter((octet, i) => !(octet === 0x0d && bytes[i + 1] === 0x0a));
}

/**
 * The documented normalisation: a lone CR or LF becomes CRLF, and the last line ends in CRLF.
 *
 * @param bytes What was given to a client.
 * @returns What must arrive.
 */
export function normalised(bytes: Uint8Array): Uint8Array {
  const text: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const crlf = bytes[i] === 0x0d && bytes[i + 1] === 0x0a;
    if (crlf) i++;
    if (crlf || bytes[i] === 0x0d || bytes[i] === 0x0a) text.push(0x0d, 0x0a);
    else text.push(bytes[i]);
  }
  if (text.at(-1) !== 0x0a) text.push(0x0d, 0x0a);
  return Uint8Array.from(text);
}

/**
 * Asserts that what arrived is what was sent, without printing megabytes if it is not.
 *
 * @param actual What arrived.
 * @param expected What must arrive.
 */
export function assertSameOctets(actual: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((octet, i) => actual[i] !== octet);
  const from = at < 0 ? Math.min(actual.length, expected.length) : at;
  assertEquals(part(actual, from), part(expected, from), `The octets differ at ${from}`);
  assertEquals(actual.length, expected.length);
}

function part(bytes: Uint8Array, at: number): string {
  const octets = bytes.subarray(Math.max(0, at - 20), at + 20);
  return JSON.stringify(Array.from(octets, (octet) => String.fromCharCode(octet)).join(""));
}
