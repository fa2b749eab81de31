/**
 * The lines that `trace` gets, secrets masked.
 *
 * @module
 */

import type { Answer, EventName } from "../../session/handler/session.ts";
import type { Utterance } from "../../session/replies.ts";
import { type TraceLine, traceLine } from "../../session/trace.ts";
import { decodeLatin1 } from "../../session/wire/bytes.ts";
import type { Service } from "../service.ts";

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
