/**
 * What a client counts, measures and traces by way of OpenTelemetry (docs/telemetry.md lists all of it). No attribute is
 * an address of a mail, a credential, or content.
 *
 * @module
 */

import type { Attributes, Counter, Histogram, Span, Tracer } from "@opentelemetry/api";
import { SmtpError } from "../session/errors.ts";
import {
  OCTETS,
  type OpenTelemetry,
  OUTCOME,
  quietly,
  SCOPE,
  SECONDS,
  telemetryLoader,
  TLS_VERSION,
  tlsVersion,
} from "../session/telemetry.ts";
import type { Connection } from "./connection/connection.ts";
import { SendError, type SendReport } from "./transaction/report.ts";

/** Gets the telemetry of clients; null where the application has none. */
export const loadClientTelemetry: () => Promise<ClientTelemetry | null> = telemetryLoader(
  (api) => new ClientTelemetry(api),
);

/** The instruments of all clients in this thread. */
export class ClientTelemetry {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;
  readonly #connections: Counter;
  readonly #messages: Counter;
  readonly #recipients: Counter;
  readonly #messageSize: Histogram;
  readonly #sendDuration: Histogram;

  /**
   * Makes the instruments.
   *
   * @param api The API of OpenTelemetry.
   */
  constructor(api: OpenTelemetry) {
    const meter = api.metrics.getMeter(SCOPE);
    this.#api = api;
    this.#tracer = api.trace.getTracer(SCOPE);
    this.#connections = meter.createCounter("smtp.client.connections", {
      unit: "{connection}",
      description: "Attempts to connect",
    });
    this.#messages = meter.createCounter("smtp.client.messages", {
      unit: "{message}",
      description: "Messages that were to be sent",
    });
    this.#recipients = meter.createCounter("smtp.client.recipients", {
      unit: "{recipient}",
      description: "Recipients that the server accepted or refused",
    });
    this.#messageSize = meter.createHistogram("smtp.client.message.size", {
      unit: "By",
      description: "Octets of the messages that were sent",
      advice: { explicitBucketBoundaries: OCTETS },
    });
    this.#sendDuration = meter.createHistogram("smtp.client.send.duration", {
      unit: "s",
      description: "From the call to what became of the message",
      advice: { explicitBucketBoundaries: SECONDS },
    });
  }

  /**
   * Counts an attempt to connect.
   *
   * @param start Connects.
   * @returns The connection.
   * @throws What `start` throws.
   */
  async connect(start: () => Promise<Connection>): Promise<Connection> {
    try {
      const connection = await start();
      const attributes = { [TLS_VERSION]: tlsVersion(connection.ends.tls) };
      quietly(() => this.#connections.add(1, attributes));
      return connection;
    } catch (error) {
      quietly(() => this.#connections.add(1, failure(error)));
      throw error;
    }
  }

  /**
   * Sends a message inside a span, which is the child of the active one.
   *
   * @param host The server's host name or IP address.
   * @param port Its port.
   * @param run Sends.
   * @returns What became of the message.
   * @throws What `run` throws.
   */
  async send(host: string, port: number, run: () => Promise<SendReport>): Promise<SendReport> {
    const began = performance.now();
    const kind = this.#api.SpanKind.CLIENT;
    const server = { "server.address": host, "server.port": port };
    const attributes = { "network.protocol.name": "smtp", ...server };
    const { context, trace } = this.#api;
    const span = quietly(() => this.#tracer.startSpan("SMTP send", { kind, attributes }));
    if (span === undefined) return await run();
    return await context.with(trace.setSpan(context.active(), span), async () => {
      try {
        const report = await run();
        quietly(() => this.#ended(span, began, report));
        return report;
      } catch (error) {
        quietly(() => {
          span.setAttributes(failure(error)).setStatus({ code: this.#api.SpanStatusCode.ERROR });
          this.#ended(span, began, error instanceof SendError ? error.report : null);
        });
        throw error;
      }
    });
  }

  /** Without a report, the server has heard nothing of the message. */
  #ended(span: Span, began: number, report: SendReport | null): void {
    const outcome = { [OUTCOME]: report?.outcome ?? "not sent" };
    const accepted = report?.accepted.length ?? 0;
    const refused = report?.rejected.filter(({ reply }) => reply !== null).length ?? 0;
    this.#messages.add(1, outcome);
    this.#sendDuration.record((performance.now() - began) / 1000, outcome);
    this.#recipients.add(accepted, { [OUTCOME]: "accepted" });
    this.#recipients.add(refused, { [OUTCOME]: "refused" });
    if (report?.outcome === "sent") this.#messageSize.record(report.size);
    span.setAttributes({
      "smtp.recipients.accepted": accepted,
      "smtp.recipients.refused": refused,
      "smtp.message.size": report?.size,
      "smtp.reply.code": report?.reply?.code,
      ...outcome,
    });
    span.end();
  }
}

function failure(error: unknown): Attributes {
  return { "error.type": error instanceof SmtpError ? error.kind : "_OTHER" };
}
