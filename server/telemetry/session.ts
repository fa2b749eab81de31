/**
 * One connection, as OpenTelemetry sees it: its commands and messages, a span for each transaction, and one below it for
 * each call of a handler.
 *
 * @module
 */

import type { Context, Span } from "@opentelemetry/api";
import type { Answer, EventName, SessionFacts } from "../../session/handler/session.ts";
import { Phase } from "../../session/phase.ts";
import { OUTCOME, TLS_VERSION, tlsVersion } from "../../session/telemetry.ts";
import type { TlsFacts } from "../../session/transport/channel.ts";
import { parseCommand } from "../../session/wire/command.ts";
import { COMMANDS } from "../commands/mod.ts";
import { whenDone } from "../outcome.ts";
import type { EventHandlers } from "../service.ts";
import { handlerOutcome, messageOutcome } from "./outcome.ts";
import type { ServerTelemetry } from "./telemetry.ts";

/** The reply that asks for more of a login. */
const CHALLENGE = 334;
/** What a line goes by that is no command: whatever a client makes up, the values are few. */
const OTHER = "other";

/** Watches one connection. */
export class SessionTelemetry {
  readonly #server: ServerTelemetry;
  readonly #port: number;
  /** The verb of the command that has not been answered yet. */
  #verb: string | null = null;
  #transaction: Span | null = null;
  /** What spans begin in: the transaction's, where there is one. */
  #context: Context;
  #accepted = 0;
  #refused = 0;

  /**
   * Begins with a connection.
   *
   * @param server The instruments.
   * @param port Our port.
   */
  constructor(server: ServerTelemetry, port: number) {
    this.#server = server;
    this.#port = port;
    this.#context = server.api.ROOT_CONTEXT;
    server.activeConnections.add(1);
  }

  /**
   * Notes that TLS has begun.
   *
   * @param facts What was agreed on.
   */
  secured(facts: TlsFacts | null): void {
    this.#server.tlsSessions.add(1, { [TLS_VERSION]: tlsVersion(facts) });
  }

  /**
   * Asks a handler. Within the call, its span is the active one.
   *
   * @param handlers Who answers.
   * @param event The event. MAIL's begins the transaction.
   * @param facts What the handler is told.
   * @returns The answer.
   */
  ask(
    handlers: EventHandlers,
    event: EventName,
    facts: SessionFacts,
  ): Answer | Promise<Answer> {
    const { api, tracer } = this.#server;
    if (event === "onMailFrom") this.#begin();
    const attributes = { "smtp.handler.event": event };
    const span = tracer.startSpan(`SMTP ${event}`, { attributes }, this.#context);
    const run = (): Answer | Promise<Answer> => handlers.run(event, facts);
    const within = api.trace.setSpan(this.#context, span);
    return whenDone(api.context.with(within, run), (answer) => {
      const outcome = handlerOutcome(event, answer);
      span.setAttribute(OUTCOME, outcome);
      if (outcome === "fault") span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.end();
      return answer;
    });
  }

  /**
   * Notes a line of the client's.
   *
   * @param line The line; null where it was too long to keep.
   * @param login Whether it is part of an AUTH exchange.
   */
  heard(line: Uint8Array | null, login: boolean): void {
    const verb = login ? "AUTH" : line === null ? "" : parseCommand(line).verb;
    this.#verb = COMMANDS.has(verb) ? verb : OTHER;
  }

  /**
   * Notes the reply to the line.
   *
   * @param code The reply's code.
   * @param phase The phase from now on.
   */
  settled(code: number, phase: Phase): void {
    const verb = this.#verb;
    // A login counts once, by the reply that ends it.
    if (verb === null || code === CHALLENGE) return;
    this.#verb = null;
    this.#server.commands.add(1, {
      "smtp.command": verb,
      "smtp.reply.class": `${Math.trunc(code / 100)}xx`,
    });
    if (verb === "RCPT" && code < 300) this.#accepted++;
    else if (verb === "RCPT") this.#refused++;
    if (phase === Phase.mail || phase === Phase.rcpt) this.#begin();
    else if (verb === "MAIL") this.#end(messageOutcome(code), code);
    else this.#end("abandoned");
  }

  /**
   * Notes the reply to a message, which ends its transaction.
   *
   * @param size The octets of the message.
   * @param code The reply's code.
   */
  received(size: number, code: number): void {
    const outcome = messageOutcome(code);
    this.#server.messages.add(1, { [OUTCOME]: outcome });
    this.#server.messageSize.record(size);
    this.#transaction?.setAttribute("smtp.message.size", size);
    this.#end(outcome, code);
  }

  /** Notes that the connection has ended. */
  ended(): void {
    this.#end("abandoned");
    this.#server.activeConnections.add(-1);
  }

  /** Begins a transaction's span, unless there is one. */
  #begin(): void {
    if (this.#transaction !== null) return;
    const { api: { ROOT_CONTEXT, SpanKind, trace }, tracer } = this.#server;
    const attributes = { "network.protocol.name": "smtp", "server.port": this.#port };
    const kind = SpanKind.SERVER;
    const span = tracer.startSpan("SMTP transaction", { kind, attributes }, ROOT_CONTEXT);
    this.#transaction = span;
    this.#context = trace.setSpan(ROOT_CONTEXT, span);
    this.#accepted = 0;
    this.#refused = 0;
  }

  #end(outcome: string, code?: number): void {
    const span = this.#transaction;
    if (span === null) return;
    this.#transaction = null;
    this.#context = this.#server.api.ROOT_CONTEXT;
    span.setAttributes({
      "smtp.recipients.accepted": this.#accepted,
      "smtp.recipients.refused": this.#refused,
      [OUTCOME]: outcome,
    });
    if (code !== undefined) span.setAttribute("smtp.reply.code", code);
    span.end();
  }
}
