/**
 * The trace that a server leaves in a message: its `Received` field.
 *
 * @module
 */

import type { GreetedSession, ReceiveSession } from "./handler/events.ts";
import { parseMailbox } from "./wire/address.ts";
import { isDigit, isLetter } from "./wire/bytes.ts";
import { hasHidden } from "./wire/characters.ts";
import { isDomain } from "./wire/domain.ts";
import { formatIp, parseIp } from "./wire/ip_address.ts";

/** What {@linkcode formatReceived} cannot know from the session. */
export interface ReceivedOptions {
  /** The name of the server: a domain, or an address literal such as `"[192.0.2.1]"`. */
  by: string;
  /** The name of the client, where it was looked up by its address. @default {the `NAME` of XCLIENT, else none} */
  name?: string;
  /** What finds the message again in the server's own records. @default {made of the moment and the session's number} */
  id?: string;
  /** When the message was received. @default {the present moment} */
  date?: Date;
}

/** What {@linkcode formatReceived} needs to know of a session. */
export type ReceivedFacts =
  & Pick<GreetedSession, "id" | "ip" | "hello" | "protocol" | "tls" | "via">
  & Partial<Pick<ReceiveSession, "rcptTo">>;

/** The longest line that is made where there is a place to fold (RFC 5322 section 2.1.1). */
const LINE = 78;

/**
 * Writes the `Received` field of a message
 * ([RFC 5321, section 4.4](https://www.rfc-editor.org/rfc/rfc5321#section-4.4)), to be put in front of all else. The
 * recipient is named where there is no other, since each may learn of the others by it. What the client said is checked
 * again: what cannot stand in the field is left out, or shown in a comment.
 *
 * @param session The session in `onReceive`, or as much of it.
 * @param options The server's name, and what else is known.
 * @returns The field, in lines of at most 78 characters where there is a place to fold, with its CRLF.
 * @throws {TypeError} If `by`, `name` or `id` cannot stand in the field.
 * @throws {RangeError} If `date` is none.
 *
 * @example In a receive handler
 * ```ts
 * import { formatReceived, type ReceiveSession } from "@infinity/smtp/session";
 *
 * export default async function receive(session: ReceiveSession): Promise<void> {
 *   const trace = formatReceived(session, { by: "mx.example.org" });
 *   await Deno.writeTextFile(`mail/${crypto.randomUUID()}.eml`, trace + session.msg);
 *   session.received = true;
 * }
 * ```
 */
export function formatReceived(session: ReceivedFacts, options: ReceivedOptions): string {
  const { by, date = new Date() } = options;
  if (!isDomain(by)) throw unfit("by", "a domain or an address literal");
  if (Number.isNaN(date.getTime())) throw new RangeError("Cannot write Received: no valid date");
  const { id = `${date.getTime().toString(36)}-${session.id}` } = options;
  if (!isAtom(id)) throw unfit("id", "letters, digits and hyphens");
  const clauses = [
    ...from(session, options),
    `by ${by}`,
    ...(isAtom(session.protocol) ? [`with ${session.protocol}`] : []),
    ...(session.tls === null ? [] : [comment(`${session.tls.protocol} ${session.tls.cipher}`)]),
    `id ${id}`,
    ...recipient(session),
  ];
  // What toUTCString() gives is of RFC 5322 but for the zone, whose names are obsolete.
  const stamp = `${date.toUTCString().slice(0, -"GMT".length)}+0000`;
  return fold(["Received:", ...clauses.slice(0, -1), `${clauses.at(-1)};`, stamp]);
}

/** The client by the name that it gave itself, and by what the connection shows (RFC 5321 section 4.4: TCP-info). */
function from({ hello, ip, via }: ReceivedFacts, { name }: ReceivedOptions): string[] {
  if (name !== undefined && !isHostName(name)) throw unfit("name", "a domain");
  const octets = parseIp(ip);
  const literal = octets && addressLiteral(octets);
  const known = name ?? via?.xclient?.NAME ?? "";
  const info = literal && `(${isHostName(known) ? `${known} ${literal}` : literal})`;
  if (hello !== null && isDomain(hello) && isAscii(hello)) {
    return [`from ${hello}`, ...(info === null ? [] : [info])];
  }
  const said = hello === null ? [] : [comment(`hello ${hello}`)];
  return info === null ? ["from localhost", ...said] : [`from ${literal}`, info, ...said];
}

function addressLiteral(octets: Uint8Array): string {
  const text = formatIp(octets);
  return text.includes(":") && !text.startsWith("::ffff:")
    ? `[IPv6:${text}]`
    : `[${unmapped(text)}]`;
}

function unmapped(text: string): string {
  return text.slice(text.lastIndexOf(":") + 1);
}

function recipient({ rcptTo = [], protocol }: ReceivedFacts): string[] {
  if (rcptTo.length !== 1) return [];
  const { address } = rcptTo[0];
  const { text, utf8 } = mailbox(address);
  return text === "" || utf8 && !protocol.startsWith("UTF8") ? [] : [`for <${text}>`];
}

/** The address again, as one that can stand in a path; empty where it is none. */
function mailbox(address: string): { text: string; utf8: boolean } {
  try {
    return parseMailbox(address);
  } catch {
    return { text: "", utf8: false };
  }
}

/** What peers said, without what could end the comment or the line. */
function comment(text: string): string {
  let shown = "";
  for (const character of text.slice(0, LINE)) {
    const special = character === "(" || character === ")" || character === "\\";
    shown += special || !isAscii(character) || hasHidden(character) ? "?" : character;
  }
  return `(${shown})`;
}

/** Puts words into lines: a clause goes to the next line as one, unless it is longer than a line. */
function fold(clauses: readonly string[]): string {
  const words = clauses.flatMap((one) => one.length < LINE ? [one] : one.split(" "));
  let text = words[0];
  let length = text.length;
  for (const word of words.slice(1)) {
    // An empty word is one of several spaces: a line of them alone would look like the end of the header.
    const fits = word === "" || length + 1 + word.length <= LINE;
    text += `${fits ? "" : "\r\n"} ${word}`;
    length = fits ? length + 1 + word.length : 1 + word.length;
  }
  return `${text}\r\n`;
}

function isHostName(text: string): boolean {
  return text[0] !== "[" && isDomain(text) && isAscii(text);
}

function isAtom(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f || !isLetter(code) && !isDigit(code) && text[i] !== "-") return false;
  }
  return text !== "";
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}

function unfit(name: string, expected: string): TypeError {
  return new TypeError(`Cannot write Received: "${name}" must be ${expected}`);
}
