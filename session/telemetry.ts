/**
 * [OpenTelemetry](https://opentelemetry.io), where the application has it. Whoever starts something asks once; nothing is
 * loaded, and nothing is counted, where there is none.
 *
 * @module
 */

import type * as api from "@opentelemetry/api";
import type { TlsFacts } from "./transport/channel.ts";

/** The API of OpenTelemetry. */
export type OpenTelemetry = typeof api;

/** What measures and traces go by: the name of the instrumentation scope. */
export const SCOPE = "@infinity/smtp";

/** How an event, a message or a recipient ended: the attribute that says so. */
export const OUTCOME = "smtp.outcome";

/** The version of TLS, as `"1.3"`: the attribute that says so. */
export const TLS_VERSION = "tls.protocol.version";

/** The bounds of the buckets for times, in seconds: a function answers in microseconds, a slow database in seconds. */
export const SECONDS: number[] = [
  ...[0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
];

/** The bounds of the buckets for sizes, in octets: from 1 KiB to 64 MiB. */
export const OCTETS: number[] = Array.from({ length: 9 }, (_, i) => 1024 * 4 ** i);

/** Where each copy of the API, and Deno with `OTEL_DENO=true`, registers providers. */
const REGISTRY = Symbol.for("opentelemetry.js.api.1");

/**
 * Prepares the instruments of one side of the library.
 *
 * @param make Makes them. They are made once for each provider, however many servers and clients there are.
 * @returns Gets them; null where no provider is registered at that moment.
 */
export function telemetryLoader<T extends object>(
  make: (api: OpenTelemetry) => T,
): () => Promise<T | null> {
  const made = new WeakMap<api.MeterProvider, T>();
  return async () => {
    if (!(REGISTRY in globalThis)) return null;
    const api = await import("@opentelemetry/api");
    const provider = api.metrics.getMeterProvider();
    const telemetry = made.get(provider) ?? make(api);
    made.set(provider, telemetry);
    return telemetry;
  };
}

/**
 * Measures or traces. What the application has set up for that may throw: it loses a value then, and nobody a message.
 *
 * @param act What to do.
 * @returns What it returns; undefined where it threw.
 */
export function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/**
 * Names a version of TLS as OpenTelemetry does.
 *
 * @param tls What was agreed on; null in clear.
 * @returns The version, as `"1.3"`; undefined in clear.
 */
export function tlsVersion(tls: TlsFacts | null): string | undefined {
  const number = tls?.protocol.replace("TLSv", "");
  return number === "1" ? "1.0" : number;
}
