/**
 * One connection, as OpenTelemetry sees it: its commands and messages, a span for each transaction, and one below it for
 * each call of a handler.
 *
 * @module
 */

import type { Attributes, Context, Span } from "@opentelemetry/api";
import type { Answer, EventName } from "../../session/handler/session.ts";
import { Phase } from "../../session/phase.ts";
import { OUTCOME, quietly, TLS_VERSION, tlsVersion } from "../../session/telemetry.ts";
import type { TlsFacts } from "../../session/transport/channel.ts";
import { whenDone } from "../connection/when_done.ts";
import { handlerOutcome, messageOutcome } from "./outcome.ts";
import type { ServerTelemetry } from "./telemetry.ts";

/** The reply that asks for more of a login. */
const CHALLENGE = 334;
/** What a line goes by that is no command: whatever a client makes up, the values are few. */
const OTHER = "other";

/** Watches one connection. */
export class SessionTelemetry {
  readonly #server: ServerTelemetry;
  readonly #attributes: Attributes;
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
   * @param protocol What is spoken.
   * @param port Our port; 0 on a Unix socket.
   */
  constructor(server: ServerTelemetry, protocol: "smtp" | "lmtp", port: number) {
    this.#server = server;
    this.#attributes = {
      "network.protocol.name": protocol,
      ...(port === 0 ? {} : { "server.port": port }),
    };
    this.#context = server.api.ROOT_CONTEXT;
    quietly(() => server.connections.add(1, { [OUTCOME]: "accepted" }));
    quietly(() => server.activeConnections.add(1));
  }

  /**
   * Notes that TLS has begun.
   *
   * @param facts What was agreed on.
   */
  secured(facts: TlsFacts | null): void {
    quietly(() => this.#server.tlsSessions.add(1, { [TLS_VERSION]: tlsVersion(facts) }));
  }

  /**
   * Asks a handler. Within the call, its span is the active one.
   *
   * @param event The event. MAIL's begins the transaction.
   * @param run Asks it.
   * @returns The answer.
   */
  ask(event: EventName, run: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
    const { api, tracer } = this.#server;
    if (event === "onMailFrom") this.#begin();
    const attributes = { "smtp.handler.event": event };
    const span = quietly(() => tracer.startSpan(`SMTP ${event}`, { attributes }, this.#context));
    if (span === undefined) return run();
    const within = api.trace.setSpan(this.#context, span);
    return whenDone(api.context.with(within, run), (answer) => {
      const outcome = handlerOutcome(event, answer);
      quietly(() => {
        span.setAttribute(OUTCOME, outcome);
        if (outcome === "fault") span.setStatus({ code: api.SpanStatusCode.ERROR });
        span.end();
      });
      return answer;
    });
  }

  /**
   * Notes a line of the client's.
   *
   * @param verb Its command; null where it is none of ours.
   */
  heard(verb: string | null): void {
    this.#verb = verb ?? OTHER;
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
    const attributes = {
      "smtp.command": verb,
      "smtp.reply.class": `${Math.trunc(code / 100)}xx`,
    };
    quietly(() => this.#server.commands.add(1, attributes));
    if (verb === "RCPT" && code < 300) this.#accepted++;
    else if (verb === "RCPT") this.#refused++;
    if (phase === Phase.mail || phase === Phase.rcpt || phase === Phase.chunks) this.#begin();
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
    quietly(() => {
      this.#server.messages.add(1, { [OUTCOME]: outcome });
      this.#server.messageSize.record(size);
      this.#transaction?.setAttribute("smtp.message.size", size);
    });
    this.#end(outcome, code);
  }

  /** Notes that the connection has ended. */
  ended(): void {
    this.#end("abandoned");
    quietly(() => this.#server.activeConnections.add(-1));
  }

  /** Begins a transaction's span, unless there is one. */
  #begin(): void {
    if (this.#transaction !== null) return;
    const { api: { ROOT_CONTEXT, SpanKind, trace }, tracer } = this.#server;
    const options = { kind: SpanKind.SERVER, attributes: this.#attributes };
    const span = quietly(() => tracer.startSpan("SMTP transaction", options, ROOT_CONTEXT));
    if (span === undefined) return;
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
    quietly(() => {
      span.setAttributes({
        "smtp.recipients.accepted": this.#accepted,
        "smtp.recipients.refused": this.#refused,
        [OUTCOME]: outcome,
      });
      if (code !== undefined) span.setAttribute("smtp.reply.code", code);
      span.end();
    });
  }
}
