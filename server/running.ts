/**
 * A server while it runs: its network half, its handlers, and what they share.
 *
 * @module
 */

import type { Channel } from "../session/transport/channel.ts";
import { BufferPool } from "../session/transport/buffer_pool.ts";
import { Deadlines } from "../session/transport/deadlines.ts";
import { printable } from "../session/wire/escape.ts";
import type { ServerTlsOptions } from "../session/transport/tls.ts";
import type { TraceLine } from "../session/trace.ts";
import { Admission } from "./network/admission.ts";
import { OctetBudget } from "./message/body.ts";
import { Handlers, type Pools, type ScriptsConfig } from "./handler_pool/mod.ts";
import type { StartOptions } from "./internals.ts";
import type { StopReport } from "./lifecycle.ts";
import { HandlerLog, logLost, serverLog } from "./log.ts";
import { Network } from "./network/network.ts";
import type { ServerOptions } from "./options.ts";
import { Phrases } from "./connection/phrases.ts";
import type { ResolvedOptions } from "./resolve.ts";
import { type Service, tickFor } from "./service.ts";
import { loadServerTelemetry, type ServerTelemetry } from "./telemetry/telemetry.ts";
import { loadTls } from "./tls.ts";
import { Threads } from "./threads/threads.ts";

/** What the connections share, in the thread of the application. */
interface OwnService extends Service {
  readonly handlers: Handlers;
}

/** One run of a server, from start to stop. */
export class RunningServer {
  readonly #given: ServerOptions;
  readonly #service: OwnService;
  readonly #network: Network | Threads;
  /** How often the certificate was to be reloaded, and which of these has last succeeded. */
  #reloads = 0;
  #reloaded = 0;

  private constructor(given: ServerOptions, service: OwnService, network: Network | Threads) {
    this.#given = given;
    this.#service = service;
    this.#network = network;
  }

  /**
   * Starts the handlers, then listens.
   *
   * @param given The user's options.
   * @param options The same, resolved.
   * @param tls How to set up TLS; null where there is none.
   * @param how Whether it listens, who has a say, and what it shares with others.
   * @returns The running server.
   * @throws {Error} If a handler does not load, or the address cannot be listened on.
   */
  static async start(
    given: ServerOptions,
    options: ResolvedOptions,
    tls: ServerTlsOptions | null,
    how: StartOptions = {},
  ): Promise<RunningServer> {
    const { maxConnections, limits } = options;
    const telemetry = await loadServerTelemetry();
    const service = createService(given, options, tls, telemetry, how.pools);
    const { connectionsPerIp, exempt } = limits;
    const admission = new Admission(maxConnections, connectionsPerIp, exempt, how.numbers);
    await service.handlers.start();
    try {
      const network = await startNetwork(service, admission, how);
      return new RunningServer(given, service, network);
    } catch (error) {
      await service.handlers.stop();
      throw error;
    }
  }

  /** Where it listens; null where it does not, and on a Unix socket. */
  get addr(): Deno.NetAddr | null {
    return this.#network.addr;
  }

  /** Resolves once it takes no more connections; rejects if the listener dies. */
  get finished(): Promise<void> {
    return this.#network.finished;
  }

  /** Whether it has a certificate. */
  get hasTls(): boolean {
    return this.#service.tls !== null;
  }

  /**
   * Reads the certificate again, for the connections to come.
   *
   * @throws {TypeError} If it cannot be used; the old one stays.
   * @throws {Error} If there is none.
   */
  async reloadCertificate(): Promise<void> {
    const { options, tls: previous } = this.#service;
    const number = ++this.#reloads;
    const tls = await loadTls(this.#given, options, previous);
    if (tls === null) throw new Error("Cannot reload the certificate: none is set");
    // One that was asked for later, and has read the files before this one, stays.
    if (number < this.#reloaded) return;
    this.#reloaded = number;
    this.#network.reload(tls);
  }

  /**
   * Loads the scripts again; see {@linkcode Handlers.reload}.
   *
   * @throws {AggregateError} If a script does not load: its old workers stay.
   */
  async reloadHandlers(): Promise<void> {
    await this.#service.handlers.reload();
  }

  /**
   * Takes a channel whose peer has connected.
   *
   * @param channel The channel.
   * @throws {Error} If its connections are in threads of their own.
   */
  accept(channel: Channel): void {
    if (this.#network instanceof Threads) {
      const { threads } = this.#service.options;
      throw new Error(`Cannot accept a channel: "threads" is ${threads}, and must be 1`);
    }
    this.#network.accept(channel);
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

async function startNetwork(
  service: Service,
  admission: Admission,
  { listen = true, intercept }: StartOptions,
): Promise<Network | Threads> {
  if (listen && service.options.threads > 1) return await Threads.start(service, admission);
  const network = new Network(service, admission, intercept);
  if (listen) await network.listen();
  return network;
}

/**
 * Tells which scripts a server runs.
 *
 * @param given The user's options.
 * @param options The same, resolved.
 * @returns What to plan its pools by.
 */
export function scriptsOf(given: ServerOptions, options: ResolvedOptions): ScriptsConfig {
  return {
    handlers: given,
    poolSize: options.poolSize,
    deadline: options.timeouts.handler,
    mainModule: Deno.mainModule,
  };
}

function createService(
  given: ServerOptions,
  options: ResolvedOptions,
  tls: ServerTlsOptions | null,
  telemetry: ServerTelemetry | null,
  pools: Pools | undefined,
): OwnService {
  const report = reporter(given.onError ?? null);
  const deadlines = new Deadlines(tickFor(options.timeouts));
  const buffers = pools?.buffers ?? new BufferPool(deadlines);
  const log = new HandlerLog();
  return {
    options,
    handlers: new Handlers({
      ...scriptsOf(given, options),
      pools,
      buffers,
      telemetry,
      onFault: (script, event, reason) => report(new Error(`${event}: ${reason}`), script),
      onLog: (record) => log.write(record),
    }),
    phrases: new Phrases(),
    budget: new OctetBudget(options.limits.octetsInFlight),
    buffers,
    deadlines,
    tls,
    trace: guarded(given.trace ?? null, report),
    telemetry,
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
