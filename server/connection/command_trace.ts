/**
 * What `trace` gets of a client's line, secrets masked.
 *
 * @module
 */

import { mechanism } from "../../session/sasl/mod.ts";
import { MASK, traceLine } from "../../session/trace.ts";
import { decodeLatin1, SP } from "../../session/wire/bytes.ts";
import { parseCommand } from "../../session/wire/command.ts";
import { COMMANDS } from "../commands/mod.ts";
import type { Service } from "../service.ts";
import { traceNote } from "./tracing.ts";

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
