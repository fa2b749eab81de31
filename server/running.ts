/**
 * A server while it runs: its listener, its connections, and what they share.
 *
 * @module
 */

import type { Utterance } from "../session/replies.ts";
import type { Channel } from "../session/transport/channel.ts";
import { BufferPool } from "../session/transport/buffer_pool.ts";
import { Deadlines } from "../session/transport/deadlines.ts";
import { tcpChannel } from "../session/transport/tcp.ts";
import { printable } from "../session/wire/escape.ts";
import { normalizeIp } from "./addresses.ts";
import { Admission } from "./admission.ts";
import { OctetBudget } from "./body.ts";
import { Connection } from "./connection.ts";
import { Handlers } from "./handler_pool/mod.ts";
import { Link } from "./link.ts";
import { Listener } from "./listener.ts";
import { logHandler, logLost, serverLog } from "./log.ts";
import type { ServerOptions } from "./options.ts";
import { Phrases } from "./phrases.ts";
import type { ResolvedOptions } from "./resolve.ts";
import type { Service } from "./service.ts";
import type { ServerTlsOptions } from "../session/transport/tls.ts";
import type { TraceLine } from "../session/trace.ts";

/** Refused connections that may be told so at once; any further is closed without a word. */
const MOST_REFUSALS = 100;

/** What stopping came to. */
export interface StopReport {
  /** Connections that had not ended by themselves within `timeouts.stop`, and were cut. */
  readonly aborted: number;
  /** Handler workers that are stuck in a loop; nothing but the end of the process ends them. */
  readonly runaways: number;
}

/** One run of a server, from start to stop. */
export class RunningServer {
  readonly #service: Service;
  readonly #admission: Admission;
  readonly #connections = new Map<Connection, Promise<void>>();
  readonly #listener: Listener;
  #lastId = 0;
  readonly #refusals = new Set<Promise<void>>();

  private constructor(service: Service) {
    this.#service = service;
    const { hostname, port, maxConnections, limits } = service.options;
    this.#admission = new Admission(maxConnections, limits.connectionsPerIp, limits.exempt);
    this.#listener = new Listener(hostname, port, {
      connection: (conn) => this.#accept(conn),
      fault: (error) => service.fault(error, "accept"),
    });
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
    const service = createService(given, options, tls);
    await service.handlers.start();
    try {
      return new RunningServer(service);
    } catch (error) {
      await service.handlers.stop();
      throw error;
    }
  }

  /** Where it listens. */
  get addr(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Resolves once it has stopped listening; rejects if the listener dies. */
  get finished(): Promise<void> {
    return this.#listener.finished;
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
    this.#service.tls = tls;
  }

  /**
   * Stops: transactions that are open may end, every other session is told so.
   *
   * @returns What it came to.
   */
  async stop(): Promise<StopReport> {
    this.#listener.close();
    // Until then the port is taken, and one more client may be on its way in, who is to be told too.
    await this.#listener.finished.catch(() => {});
    for (const connection of this.#connections.keys()) connection.stop();
    await this.#settled(this.#service.options.timeouts.stop);
    const aborted = this.#connections.size;
    for (const connection of this.#connections.keys()) connection.abort();
    await Promise.all([...this.#connections.values(), ...this.#refusals]);
    const { runaways } = await this.#service.handlers.stop();
    this.#service.deadlines.close();
    return { aborted, runaways };
  }

  /** Waits until all connections have ended, or the time is up. */
  async #settled(patience: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([Promise.all(this.#connections.values()), late]);
    clearTimeout(timer);
  }

  #accept(conn: Deno.TcpConn): void {
    const channel = tcpChannel(conn, this.#service.buffers);
    const ip = normalizeIp(channel.remote.ip);
    const refusal = this.#admission.enter(ip);
    if (refusal !== null) return this.#refuse(channel, refusal);
    const remote = { ip, port: channel.remote.port };
    const peer = { id: ++this.#lastId, remote, local: channel.local };
    const connection = new Connection(channel, peer, this.#service);
    this.#connections.set(connection, this.#run(connection, ip));
  }

  async #run(connection: Connection, ip: string): Promise<void> {
    try {
      await connection.run();
    } catch (error) {
      this.#service.fault(error, "connection");
    }
    this.#admission.leave(ip);
    this.#connections.delete(connection);
  }

  #refuse(channel: Channel, reply: Utterance): void {
    if (this.#service.options.implicitTls || this.#refusals.size >= MOST_REFUSALS) {
      return channel.close();
    }
    const link = new Link(channel, 0, this.#service);
    link.say(reply);
    const ended = link.end().finally(() => this.#refusals.delete(ended));
    this.#refusals.add(ended);
  }
}

function createService(
  given: ServerOptions,
  options: ResolvedOptions,
  tls: ServerTlsOptions | null,
): Service {
  const { handler, command, dataBlock, write } = options.timeouts;
  const report = reporter(given.onError ?? null);
  return {
    options,
    handlers: new Handlers({
      handlers: given,
      poolSize: options.poolSize,
      deadline: handler,
      mainModule: Deno.mainModule,
      onFault: (script, event, reason) => report(new Error(`${event}: ${reason}`), script),
      onLog: logHandler,
    }),
    phrases: new Phrases(),
    budget: new OctetBudget(options.limits.octetsInFlight),
    buffers: new BufferPool(),
    deadlines: new Deadlines(tickFor(Math.min(command, dataBlock, write))),
    tls,
    trace: guarded(given.trace ?? null, report),
    lost: logLost,
    fault: report,
  };
}

/** Often enough that a deadline is kept to an eighth. */
function tickFor(shortest: number): number {
  return Math.min(Math.max(shortest / 8, 10), 500);
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
