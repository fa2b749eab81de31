/**
 * OpenTelemetry for tests: providers that keep what they are told, registered as an application registers an SDK.
 *
 * @module
 */

import {
  type Attributes,
  type Context,
  context,
  type ContextManager,
  type Meter,
  metrics,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { AsyncLocalStorage } from "node:async_hooks";

/** Where the API keeps what is registered. */
const REGISTRY = Symbol.for("opentelemetry.js.api.1");

/** One value that was added or recorded. */
export interface Measured {
  /** The instrument's name. */
  readonly name: string;
  /** The value. */
  readonly value: number;
  /** The attributes, those without a value left out. */
  readonly attributes: Attributes;
}

/** A span that was begun. */
export class FakeSpan {
  /** What it has been given; those without a value are left out. */
  readonly attributes: Attributes = {};
  /** The span above it; null: none. */
  readonly parent: FakeSpan | null;
  /** Whether it has failed. */
  failed = false;
  /** How often it was ended. */
  ends = 0;

  /** Begins a span. */
  constructor(
    readonly name: string,
    readonly kind: SpanKind,
    attributes: Attributes,
    parent: Span | undefined,
  ) {
    this.parent = (parent as unknown as FakeSpan | undefined) ?? null;
    this.setAttributes(attributes);
  }

  spanContext(): SpanContext {
    return { traceId: "1".repeat(32), spanId: "1".repeat(16), traceFlags: 1 };
  }
  setAttribute(name: string, value: Attributes[string]): this {
    if (value !== undefined) this.attributes[name] = value;
    return this;
  }
  setAttributes(attributes: Attributes): this {
    for (const [name, value] of Object.entries(attributes)) this.setAttribute(name, value);
    return this;
  }
  setStatus({ code, message }: SpanStatus): this {
    this.failed = code === SpanStatusCode.ERROR;
    if (message !== undefined) throw new Error(`a text of ours in a span: ${message}`);
    return this;
  }
  end(): void {
    this.ends++;
  }
}

/** What was measured and traced. */
export class Seen {
  /** The values, in order. */
  readonly measured: Measured[] = [];
  /** The spans, in the order in which they began. */
  readonly spans: FakeSpan[] = [];
  /** The instruments that were made: name, kind and unit. */
  readonly instruments: [name: string, kind: string, unit: string][] = [];

  /** The sum of an instrument's values, for each set of attributes, as `"{\"a\":1} 3"`. */
  sums(name: string): string[] {
    const sums = new Map<string, number>();
    for (const one of this.measured.filter((measured) => measured.name === name)) {
      const key = JSON.stringify(one.attributes);
      sums.set(key, (sums.get(key) ?? 0) + one.value);
    }
    return [...sums].map(([key, sum]) => `${key} ${sum}`);
  }

  /** The values of an instrument. */
  values(name: string): number[] {
    return this.measured.filter((one) => one.name === name).map(({ value }) => value);
  }

  /** The spans of a name. */
  named(name: string): FakeSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** All that an exporter would get, as text. */
  get text(): string {
    const spans = this.spans.map(({ name, attributes }) => ({ name, attributes }));
    return JSON.stringify([this.measured, spans]);
  }

  meter(): Meter {
    const make = (kind: string) => (name: string, { unit = "" } = {}): unknown => {
      this.instruments.push([name, kind, unit]);
      const note = (value: number, given: Attributes = {}): void => {
        const attributes = JSON.parse(JSON.stringify(given));
        this.measured.push({ name, value, attributes });
      };
      return { add: note, record: note };
    };
    return {
      createCounter: make("counter"),
      createUpDownCounter: make("up-down counter"),
      createHistogram: make("histogram"),
    } as Meter;
  }

  tracer(): Tracer {
    const startSpan = (
      name: string,
      { kind = SpanKind.INTERNAL, attributes = {} }: SpanOptions = {},
      above: Context = context.active(),
    ): Span => {
      const span = new FakeSpan(name, kind, attributes, trace.getSpan(above));
      this.spans.push(span);
      return span as unknown as Span;
    };
    const startActiveSpan = (
      name: string,
      options: SpanOptions,
      run: (span: Span) => unknown,
    ): unknown => {
      const span = startSpan(name, options);
      return context.with(trace.setSpan(context.active(), span), () => run(span));
    };
    return { startSpan, startActiveSpan } as Tracer;
  }
}

/** Runs `use` while providers are registered, and gives it what they are told. */
export async function measuring<T>(use: (seen: Seen) => Promise<T>): Promise<T> {
  const seen = new Seen();
  const storage = new AsyncLocalStorage<Context>();
  metrics.setGlobalMeterProvider({ getMeter: () => seen.meter() });
  trace.setGlobalTracerProvider({ getTracer: () => seen.tracer() });
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, self, ...args) => storage.run(active, () => fn.apply(self, args)),
    bind: (_, target) => target,
    enable(): ContextManager {
      return this;
    },
    disable(): ContextManager {
      return this;
    },
  });
  try {
    return await use(seen);
  } finally {
    metrics.disable();
    trace.disable();
    context.disable();
    Reflect.deleteProperty(globalThis, REGISTRY);
  }
}

/** Runs `use` while providers are registered of which all instruments throw, and spans too; `tracing`: once begun. */
export async function failing(tracing: boolean, use: () => Promise<void>): Promise<void> {
  const broken = (): never => {
    throw new Error("out of order");
  };
  const make = (): unknown => ({ add: broken, record: broken });
  const meter = { createCounter: make, createUpDownCounter: make, createHistogram: make };
  const span = { setAttribute: broken, setAttributes: broken, setStatus: broken, end: broken };
  const startSpan = tracing ? (): unknown => span : broken;
  await measuring(async () => {
    metrics.disable();
    trace.disable();
    metrics.setGlobalMeterProvider({ getMeter: () => meter as unknown as Meter });
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as unknown as Tracer });
    await use();
  });
}
