/**
 * The extensions that the client uses by parameters of MAIL and RCPT. One that is added here is used, and its options are
 * known to every method that sends.
 *
 * @module
 */

import { type Command, command } from "../connection/command.ts";
import type { Connection } from "../connection/connection.ts";
import type { Message } from "../message/message.ts";
import { auth } from "./auth.ts";
import { body } from "./body.ts";
import { deliverBy } from "./deliver_by.ts";
import { dsn } from "./dsn.ts";
import type { Extension, Transfer } from "./extension.ts";
import { futureRelease } from "./future_release.ts";
import { mtPriority } from "./mt_priority.ts";
import type { DeliveryOptions } from "./options.ts";
import { requireTls } from "./require_tls.ts";
import { size } from "./size.ts";
import { international, smtpUtf8 } from "./smtp_utf8.ts";
import { xforward } from "./xforward.ts";

const EXTENSIONS: readonly Extension[] = [
  size,
  body,
  smtpUtf8,
  dsn,
  requireTls,
  deliverBy,
  mtPriority,
  futureRelease,
  auth,
  xforward,
];

const MAIL = EXTENSIONS.flatMap(({ mail }) => mail ?? []);
const RCPT = EXTENSIONS.flatMap(({ rcpt }) => rcpt ?? []);
const CHECKS = EXTENSIONS.flatMap(({ options }) => Object.entries(options ?? {}));

/** The names of the options that extensions own. */
export const DELIVERY_OPTIONS: readonly string[] = CHECKS.map(([name]) => name);

/**
 * Checks the options that extensions own.
 *
 * @param given Options of a send, each read once already.
 * @returns What is asked of the server.
 * @throws {TypeError} If one is of a wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function readDelivery(given: Readonly<Record<string, unknown>>): DeliveryOptions {
  const asked = CHECKS.filter(([name]) => given[name] !== undefined);
  return Object.fromEntries(asked.map(([name, check]) => [name, check(given[name], given)]));
}

/**
 * Makes MAIL and one RCPT for each recipient; all of them are made, and checked, before one is sent.
 *
 * @param connection The connection, after EHLO.
 * @param message The message.
 * @param asked What the server is asked to do with it.
 * @returns The commands, MAIL first.
 * @throws {SmtpError} Kind `unsupported` if the server does not offer what is needed, `tls` if `requireTls` is not met.
 */
export function envelopeCommands(
  connection: Connection,
  message: Message,
  asked: DeliveryOptions,
): Command[] {
  const { capabilities, ends: { tls } } = connection;
  const why = international(message);
  const transfer: Transfer = { capabilities, tls, message, asked, international: why };
  const { from, to } = message.envelope;
  const mail = MAIL.flatMap((params) => params(transfer));
  const commands = [command([`MAIL FROM:<${from?.text ?? ""}>`, ...mail])];
  for (const recipient of to) {
    const rcpt = RCPT.flatMap((params) => params(transfer, recipient));
    commands.push(command([`RCPT TO:<${recipient.text}>`, ...rcpt]));
  }
  return commands;
}
