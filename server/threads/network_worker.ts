/**
 * A network thread, seen from within: a listener and its connections, with the handlers and the counts of the
 * application's thread.
 *
 * The module does nothing until {@linkcode serve} is called, which the entry of a thread does; the server imports it for
 * its URL alone, so that it is in the static module graph, and so in the cache of an installation.
 *
 * @module
 */

import { BufferPool } from "../../session/transport/buffer_pool.ts";
import { Deadlines } from "../../session/transport/deadlines.ts";
import { Network } from "../network/network.ts";
import { Phrases } from "../connection/phrases.ts";
import { type Service, tickFor } from "../service.ts";
import { loadServerTelemetry, type ServerTelemetry } from "../telemetry/telemetry.ts";
import {
  type FromThread,
  packError,
  type ThreadInit,
  type ToThread,
  unpackOptions,
  unpackTls,
} from "./messages.ts";
import { SharedBudget } from "./shared_budget.ts";
import { type Post, Uplink } from "./uplink.ts";

/** Where this module is, for the entry of a thread. */
export const NETWORK_WORKER: string = import.meta.url;

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: FromThread, transfer?: ArrayBuffer[]): void;
}

/** Serves in this worker, once the first message has come. */
export function serve(): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = (event: MessageEvent<ThreadInit>): void => void begin(scope, event.data);
}

async function begin(scope: WorkerScope, init: ThreadInit): Promise<void> {
  const buffers = new BufferPool();
  const post: Post = (message, transfer) => scope.postMessage(message, transfer);
  const uplink = new Uplink(init.events, post, buffers);
  const telemetry = await loadServerTelemetry();
  const service = createService(init, uplink, buffers, telemetry);
  const network = new Network(service, uplink);
  try {
    await network.listen(true);
  } catch (error) {
    return scope.postMessage({ kind: "refused", reason: packError(error).message });
  }
  network.finished.then(
    () => scope.postMessage({ kind: "finished", error: null }),
    (error) => scope.postMessage({ kind: "finished", error: packError(error) }),
  );
  scope.onmessage = (event: MessageEvent<ToThread>): void => {
    const message = event.data;
    if (message.kind === "answers") uplink.take(message);
    else if (message.kind === "reload") network.reload(unpackTls(message.tls, service.tls));
    else if (message.kind === "close") network.close();
    else stop(scope, network, uplink);
  };
  // It is no Unix socket that several threads listen on.
  scope.postMessage({ kind: "listening", addr: network.addr as Deno.NetAddr });
}

async function stop(scope: WorkerScope, network: Network, uplink: Uplink): Promise<void> {
  const aborted = await network.stop();
  uplink.flush();
  scope.postMessage({ kind: "stopped", aborted });
}

function createService(
  init: ThreadInit,
  uplink: Uplink,
  buffers: BufferPool,
  telemetry: ServerTelemetry | null,
): Service {
  const options = unpackOptions(init.options);
  return {
    options,
    handlers: uplink,
    phrases: new Phrases(),
    budget: new SharedBudget(options.limits.octetsInFlight, init.octets, init.number),
    buffers,
    deadlines: new Deadlines(tickFor(options.timeouts)),
    tls: init.tls === null ? null : unpackTls(init.tls, null),
    telemetry,
    trace: init.traced ? (line): void => uplink.tell({ kind: "trace", line }) : null,
    lost: ({ kind: cause, message }, peer) => uplink.tell({ kind: "lost", cause, message, peer }),
    fault: (error, where) => uplink.tell({ kind: "fault", error: packError(error), where }),
  };
}
