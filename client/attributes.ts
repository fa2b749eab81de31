/**
 * The attributes of XCLIENT and XFORWARD, from what a caller gives to the commands that say them.
 *
 * @module
 */

import { SmtpError } from "../session/errors.ts";
import {
  type AttributeReaders,
  type Attributes,
  formatAttribute,
  parseAttributes,
} from "../session/wire/attributes.ts";
import { ascii, upperAscii } from "../session/wire/bytes.ts";
import { checkKeys, checkText, show } from "./checks.ts";
import { type Command, command } from "./connection/command.ts";
import type { Connection } from "./connection/connection.ts";
import { misplaced, refusal } from "./connection/replies.ts";

/** The most octets in a command (RFC 5321 section 4.5.3.1.4). */
const MAX_COMMAND = 512;

/**
 * Checks attributes that a caller gave. Each is read once.
 *
 * @param name What they are called, as `"xclient"`.
 * @param value The attributes, by their name in upper case or in lower case.
 * @param known How each attribute is read.
 * @returns The attributes, by their name in upper case.
 * @throws {TypeError} If one is unknown, or its value is no such value.
 */
export function checkAttributes(
  name: string,
  value: unknown,
  known: AttributeReaders,
): Attributes {
  const names = Object.keys(known);
  const given = { ...checkKeys(name, value, names.flatMap(bothCases), names) };
  const checked: Record<string, string> = {};
  for (const [key, item] of Object.entries(given)) {
    const text = checkText(`${name}.${key}`, item);
    try {
      const line = ascii(formatAttribute(upperAscii(key), text));
      Object.assign(checked, parseAttributes(line, known));
    } catch (cause) {
      throw new TypeError(
        `Cannot set "${name}.${key}": must be a value of that attribute, got ${show(text)}`,
        { cause },
      );
    }
  }
  return checked;
}

function bothCases(name: string): string[] {
  return [name, name.toLowerCase()];
}

/**
 * Makes the commands that say attributes, as few as have room for them.
 *
 * @param connection The connection, after EHLO.
 * @param verb `XCLIENT` or `XFORWARD`.
 * @param attributes The attributes.
 * @returns The commands.
 * @throws {SmtpError} Kind `unsupported` if the server does not offer the verb, or one of the attributes.
 */
export function attributeCommands(
  connection: Connection,
  verb: string,
  attributes: Attributes,
): Command[] {
  const offered = connection.capabilities.get(verb)?.map(upperAscii);
  const lacking = Object.keys(attributes).find((name) => !offered?.includes(name));
  if (offered === undefined || lacking !== undefined) {
    const what = offered === undefined ? verb : `${lacking} with ${verb}`;
    throw new SmtpError("unsupported", `Cannot use ${verb}: the server does not offer ${what}`, {
      outcome: verb === "XFORWARD" ? "not sent" : null,
    });
  }
  const lines: string[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    const word = formatAttribute(name, value);
    const line = lines.pop() ?? verb;
    if (line.length + word.length + 3 <= MAX_COMMAND) lines.push(`${line} ${word}`);
    else lines.push(line, `${verb} ${word}`);
  }
  return lines.map((line) => command([line]));
}

/**
 * Says attributes, one command after the other.
 *
 * @param connection The connection.
 * @param commands The commands.
 * @param code What each is answered by.
 * @throws {SmtpError} If one is refused.
 */
export async function sayAttributes(
  connection: Connection,
  commands: readonly Command[],
  code: number,
): Promise<void> {
  for (const each of commands) {
    const reply = await connection.ask(each);
    if (reply.code >= 400) throw refusal("speak for another client", each.shown, reply);
    if (reply.code !== code) throw connection.fail(misplaced(each.shown, reply));
  }
}
