/**
 * The lines that `trace` gets, secrets masked.
 *
 * @module
 */

import type { Answer, EventName } from "../session/handler/session.ts";
import type { Utterance } from "../session/replies.ts";
import { mechanism } from "../session/sasl/mod.ts";
import { MASK, type TraceLine, traceLine } from "../session/trace.ts";
import { decodeLatin1, SP } from "../session/wire/bytes.ts";
import { parseCommand } from "../session/wire/command.ts";
import { COMMANDS } from "./commands/mod.ts";
import type { Service } from "./service.ts";

const ASTERISK = 0x2a;

/**
 * Traces a line of the client's.
 *
 * @param service The server.
 * @param connection The connection's number.
 * @param line The line; null where it was too long to keep.
 * @param secret Whether it is part of an AUTH exchange.
 */
export function traceCommand(
  service: Service,
  connection: number,
  line: Uint8Array | null,
  secret: boolean,
): void {
  if (service.trace === null) return;
  if (line === null) return traceNote(service, connection, "a line that is too long", "client");
  const text = secret ? masked(line) : commandText(line);
  service.trace(traceLine(connection, "client", text));
}

/**
 * Traces a reply, a line at a time.
 *
 * @param service The server.
 * @param connection The connection's number.
 * @param reply The reply.
 */
export function traceReply(service: Service, connection: number, reply: Utterance): void {
  if (service.trace === null) return;
  for (const line of decodeLatin1(reply.bytes).split("\r\n").slice(0, -1)) {
    service.trace(traceLine(connection, "server", line));
  }
}

/**
 * Traces what is no line of the dialogue.
 *
 * @param service The server.
 * @param connection The connection's number.
 * @param text What happened.
 * @param from Whose doing it was.
 */
export function traceNote(
  service: Service,
  connection: number,
  text: string,
  from: TraceLine["from"] = "server",
): void {
  if (service.trace !== null) service.trace(traceLine(connection, from, `[${text}]`));
}

/**
 * Traces what a handler said.
 *
 * @param service The server.
 * @param connection The connection's number.
 * @param event What it was asked.
 * @param answer What it answered.
 */
export function traceVerdict(
  service: Service,
  connection: number,
  event: EventName,
  { verdict, reply, fault, disconnect }: Answer,
): void {
  if (service.trace === null) return;
  const said = fault !== null
    ? `failed: ${fault}`
    : reply !== null
    ? `${reply.code} ${reply.text}`
    : verdict === null
    ? "no verdict"
    : verdict
    ? "yes"
    : "no";
  traceNote(service, connection, `${event}: ${said}${disconnect ? ", disconnect" : ""}`);
}

function masked(line: Uint8Array): string {
  return line.length === 1 && line[0] === ASTERISK ? "*" : MASK;
}

/** A line that is no command may be a password that came at the wrong moment, so its text is not shown. */
function commandText(line: Uint8Array): Uint8Array | string {
  const { verb, args } = parseCommand(line);
  if (!COMMANDS.has(verb)) return `[not a command, ${line.length} octets]`;
  if (verb !== "AUTH") return line;
  const space = args.indexOf(SP);
  if (args.length === 0) return "AUTH";
  const name = decodeLatin1(space < 0 ? args : args.subarray(0, space));
  if (mechanism(name) === undefined) return `AUTH ${MASK}`;
  return space < 0 ? `AUTH ${name}` : `AUTH ${name} ${MASK}`;
}
