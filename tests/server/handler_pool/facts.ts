/** Facts and handlers for the tests of the pool. */

import { BufferPool } from "../../../session/transport/buffer_pool.ts";
import type { EventName, SessionFacts } from "../../../session/handler/session.ts";
import {
  type HandlerLogRecord,
  type HandlerMap,
  Handlers,
  type HandlersConfig,
} from "../../../server/handler_pool/mod.ts";

/** Makes facts, whatever of them matters given. */
export function makeFacts(given: Partial<SessionFacts> = {}): SessionFacts {
  return {
    id: 7,
    ip: "192.0.2.7",
    port: 40_000,
    secure: false,
    tls: null,
    via: null,
    hello: "client.example.com",
    protocol: "ESMTP",
    mechanism: null,
    username: null,
    password: null,
    token: null,
    authzid: null,
    address: "ada@example.com",
    params: {},
    mailFrom: null,
    rcptTo: [],
    state: {},
    body: null,
    ...given,
  };
}

/** Handlers, and what they reported. */
export interface Bench extends AsyncDisposable {
  readonly handlers: Handlers;
  readonly faults: [script: string, event: EventName, reason: string][];
  readonly logs: HandlerLogRecord[];
  /** Waits until the log holds a text. */
  logged(text: string): Promise<HandlerLogRecord>;
}

/** Makes handlers whose scripts are looked for in `scripts/`. */
export function makeBench(map: HandlerMap, given: Partial<HandlersConfig> = {}): Bench {
  const faults: Bench["faults"] = [];
  const logs: HandlerLogRecord[] = [];
  const waiting: { text: string; resolve(record: HandlerLogRecord): void }[] = [];
  const handlers = new Handlers({
    handlers: map,
    poolSize: 1,
    deadline: 10_000,
    mainModule: new URL("./scripts/main.ts", import.meta.url).href,
    buffers: new BufferPool(),
    onFault: (script, event, reason) => faults.push([script, event, reason]),
    onLog: (record) => {
      logs.push(record);
      for (const { text, resolve } of waiting) if (record.message.includes(text)) resolve(record);
    },
    ...given,
    tuning: { tick: 10, canary: false, ...given.tuning },
  });
  return {
    handlers,
    faults,
    logs,
    logged(text: string): Promise<HandlerLogRecord> {
      const found = logs.find(({ message }) => message.includes(text));
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => waiting.push({ text, resolve }));
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await handlers.stop();
    },
  };
}

/**
 * A script that has got hold of its private port: it shows itself to whoever replaces the dispatching of events.
 *
 * @param code What it does with `port` before it accepts.
 * @returns Its URL.
 */
export function forger(code: string): URL {
  const script = `
    const { dispatchEvent } = EventTarget.prototype;
    let port = null;
    EventTarget.prototype.dispatchEvent = function (event) {
      if (this instanceof MessagePort) port = this;
      return dispatchEvent.call(this, event);
    };
    export default (session) => {
      ${code}
      session.accept = true;
    };`;
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`);
}
