/**
 * A small collector of OTLP over HTTP, in JSON: what a program exports to it, put in plain words.
 *
 * @module
 */

/** A value of OTLP. */
interface OtlpValue {
  readonly stringValue?: string;
  readonly doubleValue?: number;
  readonly intValue?: string;
}

/** A list of attributes of OTLP. */
type OtlpAttributes = readonly { readonly key: string; readonly value: OtlpValue }[];

/** What of an export request is looked at. */
interface OtlpRequest {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly { readonly scope: OtlpScope; readonly spans: OtlpSpan[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly scope: OtlpScope; readonly metrics: OtlpMetric[] }[];
  }[];
}

interface OtlpScope {
  readonly name: string;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: OtlpAttributes;
  readonly events: readonly unknown[];
  readonly status: { readonly message: string; readonly code: number };
}

interface OtlpPoint {
  readonly attributes: OtlpAttributes;
  readonly asDouble?: number;
  readonly sum?: number;
  readonly count?: string;
}

interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly OtlpPoint[]; readonly isMonotonic: boolean };
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[] };
}

/** Attributes in plain words. */
export type PlainAttributes = Record<string, string | number>;

/** A span that was exported. */
export interface ExportedSpan {
  /** The trace that it is part of. */
  readonly traceId: string;
  /** Its id. */
  readonly id: string;
  /** The id of the span above it; empty where there is none. */
  readonly parent: string;
  /** Its name. */
  readonly name: string;
  /** Its kind, as OTLP counts: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  /** Its status, as OTLP counts: 0 unset, 2 error. */
  readonly status: number;
  /** Its attributes. */
  readonly attributes: PlainAttributes;
}

/** A metric, as it was exported last. */
export interface ExportedMetric {
  /** Its unit. */
  readonly unit: string;
  /** What it is. */
  readonly kind: "counter" | "upDownCounter" | "histogram";
  /** Its sum, or the count of a histogram, for each set of attributes. */
  readonly points: readonly { readonly attributes: PlainAttributes; readonly value: number }[];
}

/** Takes what programs export. */
export class Collector implements AsyncDisposable {
  /** All bodies, as they came. */
  readonly payloads: string[] = [];
  readonly #scope: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /**
   * Begins to collect.
   *
   * @param scope The instrumentation scope to look at.
   */
  constructor(scope: string) {
    this.#scope = scope;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        this.payloads.push(await request.text());
        return new Response("{}", { headers: { "content-type": "application/json" } });
      },
    );
  }

  /** The variables that make a program export to it. */
  get environment(): Record<string, string> {
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
      OTEL_BSP_SCHEDULE_DELAY: "200",
    };
  }

  /** The spans that came, in the order in which they ended. */
  get spans(): ExportedSpan[] {
    return this.#requests.flatMap(({ resourceSpans = [] }) => resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .filter(({ scope }) => scope.name === this.#scope)
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        traceId: span.traceId,
        id: span.spanId,
        parent: span.parentSpanId,
        name: span.name,
        kind: span.kind,
        status: span.status.code,
        attributes: plain(span.attributes),
      }));
  }

  /** The metrics that came, by name. */
  get metrics(): Map<string, ExportedMetric> {
    const metrics = this.#requests.flatMap(({ resourceMetrics = [] }) => resourceMetrics)
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .filter(({ scope }) => scope.name === this.#scope)
      .flatMap(({ metrics }) => metrics);
    // Each export holds the sums since the start.
    return new Map(metrics.map((metric) => [metric.name, readMetric(metric)]));
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  get #requests(): OtlpRequest[] {
    return this.payloads.map((payload) => JSON.parse(payload));
  }
}

function readMetric({ unit, sum, histogram }: OtlpMetric): ExportedMetric {
  const kind = histogram !== undefined
    ? "histogram"
    : sum?.isMonotonic
    ? "counter"
    : "upDownCounter";
  const points = (histogram ?? sum)?.dataPoints ?? [];
  return {
    unit,
    kind,
    points: points.map(({ attributes, asDouble, count }) => ({
      attributes: plain(attributes),
      value: asDouble ?? Number(count),
    })),
  };
}

function plain(attributes: OtlpAttributes): PlainAttributes {
  return Object.fromEntries(
    attributes.map(({ key, value: { stringValue, doubleValue, intValue } }) => [
      key,
      stringValue ?? doubleValue ?? Number(intValue),
    ]),
  );
}
