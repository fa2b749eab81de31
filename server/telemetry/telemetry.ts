/**
 * What a server counts and measures by way of OpenTelemetry (docs/telemetry.md lists all of it). Attributes have few
 * values, and none is an address, a name that a client gave, or content.
 *
 * @module
 */

import type { Counter, Histogram, Tracer, UpDownCounter } from "@opentelemetry/api";
import type { Answer, EventName } from "../../session/handler/session.ts";
import {
  OCTETS,
  type OpenTelemetry,
  OUTCOME,
  quietly,
  SCOPE,
  SECONDS,
  telemetryLoader,
} from "../../session/telemetry.ts";
import { handlerOutcome } from "./outcome.ts";

/** Gets the telemetry of servers; null where the application has none. */
export const loadServerTelemetry: () => Promise<ServerTelemetry | null> = telemetryLoader(
  (api) => new ServerTelemetry(api),
);

/** The instruments of all servers in this thread. */
export class ServerTelemetry {
  /** The API of OpenTelemetry. */
  readonly api: OpenTelemetry;
  /** Makes spans. */
  readonly tracer: Tracer;
  /** Connections, by outcome. */
  readonly connections: Counter;
  /** Connections that are open. */
  readonly activeConnections: UpDownCounter;
  /** Sessions inside TLS, by version. */
  readonly tlsSessions: Counter;
  /** Commands, by verb and class of the reply. */
  readonly commands: Counter;
  /** Messages, by outcome. */
  readonly messages: Counter;
  /** How large messages are. */
  readonly messageSize: Histogram;
  readonly #handlerDuration: Histogram;
  readonly #handlerRestarts: Counter;

  /**
   * Makes the instruments.
   *
   * @param api The API of OpenTelemetry.
   */
  constructor(api: OpenTelemetry) {
    const meter = api.metrics.getMeter(SCOPE);
    this.api = api;
    this.tracer = api.trace.getTracer(SCOPE);
    this.connections = meter.createCounter("smtp.server.connections", {
      unit: "{connection}",
      description: "Connections of clients, let in or refused",
    });
    this.activeConnections = meter.createUpDownCounter("smtp.server.active_connections", {
      unit: "{connection}",
      description: "Connections that are open",
    });
    this.tlsSessions = meter.createCounter("smtp.server.tls.sessions", {
      unit: "{session}",
      description: "TLS handshakes that succeeded",
    });
    this.commands = meter.createCounter("smtp.server.commands", {
      unit: "{command}",
      description: "Commands that were answered",
    });
    this.messages = meter.createCounter("smtp.server.messages", {
      unit: "{message}",
      description: "Messages that arrived whole",
    });
    this.messageSize = meter.createHistogram("smtp.server.message.size", {
      unit: "By",
      description: "Octets of the messages that arrived whole",
      advice: { explicitBucketBoundaries: OCTETS },
    });
    this.#handlerDuration = meter.createHistogram("smtp.server.handler.duration", {
      unit: "s",
      description: "From the event to the handler's answer, the wait for a worker included",
      advice: { explicitBucketBoundaries: SECONDS },
    });
    this.#handlerRestarts = meter.createCounter("smtp.server.handler.restarts", {
      unit: "{restart}",
      description: "Workers that were started in place of one that ended",
    });
  }

  /** The present moment, in milliseconds. */
  get now(): number {
    return performance.now();
  }

  /** Counts a connection that is one too many. */
  refused(): void {
    quietly(() => this.connections.add(1, { [OUTCOME]: "refused" }));
  }

  /**
   * Notes that a handler has answered.
   *
   * @param name The handler's name: that of its script, as it was given.
   * @param event The event.
   * @param answer The answer.
   * @param began When it was asked, by {@linkcode ServerTelemetry.now}.
   */
  handled(name: string, event: EventName, answer: Answer, began: number): void {
    const attributes = {
      "smtp.handler.name": name,
      "smtp.handler.event": event,
      [OUTCOME]: handlerOutcome(event, answer),
    };
    quietly(() => this.#handlerDuration.record((this.now - began) / 1000, attributes));
  }

  /**
   * Counts a worker that was started in place of another.
   *
   * @param name The name of its script.
   */
  restarted(name: string): void {
    quietly(() => this.#handlerRestarts.add(1, { "smtp.handler.name": name }));
  }
}
