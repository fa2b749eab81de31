/**
 * A server while it runs: its network half, its handlers, and what they share.
 *
 * @module
 */

import { BufferPool } from "../session/transport/buffer_pool.ts";
import { Deadlines } from "../session/transport/deadlines.ts";
import { printable } from "../session/wire/escape.ts";
import type { ServerTlsOptions } from "../session/transport/tls.ts";
import type { TraceLine } from "../session/trace.ts";
import { Admission } from "./admission.ts";
import { OctetBudget } from "./body.ts";
import { Handlers } from "./handler_pool/mod.ts";
import { logHandler, logLost, serverLog } from "./log.ts";
import { Network } from "./network.ts";
import type { ServerOptions } from "./options.ts";
import { Phrases } from "./phrases.ts";
import type { ResolvedOptions } from "./resolve.ts";
import { type Service, tickFor } from "./service.ts";
import { Threads } from "./threads/threads.ts";

/** What stopping came to. */
export interface StopReport {
  /** Connections that had not ended by themselves within `timeouts.stop`, and were cut. */
  readonly aborted: number;
  /** Handler workers that are stuck in a loop; nothing but the end of the process ends them. */
  readonly runaways: number;
}

/** What the connections share, in the thread of the application. */
interface OwnService extends Service {
  readonly handlers: Handlers;
}

/** One run of a server, from start to stop. */
export class RunningServer {
  readonly #service: OwnService;
  readonly #network: Network | Threads;

  private constructor(service: OwnService, network: Network | Threads) {
    this.#service = service;
    this.#network = network;
  }

  /**
   * Starts the handlers, then listens.
   *
   * @param given The user's options.
   * @param options The same, resolved.
   * @param tls How to set up TLS; null where there is none.
   * @returns The running server.
   * @throws {Error} If a handler does not load, or the address cannot be listened on.
   */
  static async start(
    given: ServerOptions,
    options: ResolvedOptions,
    tls: ServerTlsOptions | null,
  ): Promise<RunningServer> {
    const { maxConnections, limits, threads } = options;
    const service = createService(given, options, tls);
    const admission = new Admission(maxConnections, limits.connectionsPerIp, limits.exempt);
    await service.handlers.start();
    try {
      return new RunningServer(
        service,
        threads === 1 ? new Network(service, admission) : await Threads.start(service, admission),
      );
    } catch (error) {
      await service.handlers.stop();
      throw error;
    }
  }

  /** Where it listens. */
  get addr(): Deno.NetAddr {
    return this.#network.addr;
  }

  /** Resolves once it has stopped listening; rejects if the listener dies. */
  get finished(): Promise<void> {
    return this.#network.finished;
  }

  /** How TLS is set up for new connections; null where there is none. */
  get tls(): ServerTlsOptions | null {
    return this.#service.tls;
  }

  /**
   * Uses another certificate for the connections to come.
   *
   * @param tls How to set up TLS.
   */
  reload(tls: ServerTlsOptions): void {
    this.#network.reload(tls);
  }

  /**
   * Stops: transactions that are open may end, every other session is told so.
   *
   * @returns What it came to.
   */
  async stop(): Promise<StopReport> {
    const aborted = await this.#network.stop();
    const { runaways } = await this.#service.handlers.stop();
    return { aborted, runaways };
  }
}

function createService(
  given: ServerOptions,
  options: ResolvedOptions,
  tls: ServerTlsOptions | null,
): OwnService {
  const report = reporter(given.onError ?? null);
  const buffers = new BufferPool();
  return {
    options,
    handlers: new Handlers({
      handlers: given,
      poolSize: options.poolSize,
      deadline: options.timeouts.handler,
      mainModule: Deno.mainModule,
      buffers,
      onFault: (script, event, reason) => report(new Error(`${event}: ${reason}`), script),
      onLog: logHandler,
    }),
    phrases: new Phrases(),
    budget: new OctetBudget(options.limits.octetsInFlight),
    buffers,
    deadlines: new Deadlines(tickFor(options.timeouts)),
    tls,
    trace: guarded(given.trace ?? null, report),
    lost: logLost,
    fault: report,
  };
}

function reporter(
  onError: ((error: Error, where: string) => void) | null,
): (error: unknown, where: string) => void {
  return (thrown, where) => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    serverLog().error("{where}: {error}", { where, error: printable(error.message) });
    try {
      onError?.(error, where);
    } catch (cause) {
      serverLog().error("onError itself failed: {cause}", { cause: printable(String(cause)) });
    }
  };
}

/** A trace that throws must not end the session that it looks at. */
function guarded(
  trace: ((line: TraceLine) => void) | null,
  report: (error: unknown, where: string) => void,
): Service["trace"] {
  if (trace === null) return null;
  return (line) => {
    try {
      trace(line);
    } catch (error) {
      report(error, "trace");
    }
  };
}
