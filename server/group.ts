/**
 * Several servers in one process, which share what they can.
 *
 * @module
 */

import { BufferPool } from "../session/transport/buffer_pool.ts";
import { SessionNumbers } from "./network/admission.ts";
import { planScripts, Pools } from "./handler_pool/mod.ts";
import { INTERNALS } from "./internals.ts";
import { Lifecycle, type StopReport } from "./lifecycle.ts";
import { HandlerLog } from "./log.ts";
import type { ServerOptions } from "./options.ts";
import { Server } from "./server.ts";
import { settleAll } from "./settle_all.ts";
import { loadServerTelemetry } from "./telemetry/telemetry.ts";

/**
 * Several servers in one process, such as those on ports 25, 587 and 465, that start, reload and stop together.
 * A handler script that more than one of them uses with the same permissions runs in one pool of workers for all; where
 * they say different things of `poolSize` or `concurrency`, the largest counts. Sessions are numbered through. All else
 * each server has for itself: limits, deadlines, certificates, `onError`.
 *
 * @example Two ports, one script
 * ```ts
 * import { ServerGroup } from "@infinity/smtp/server";
 * import { assertEquals } from "@std/assert";
 *
 * const onReceive = new URL("data:text/javascript,export default (session) => { session.received = true; }");
 * const hostname = "127.0.0.1";
 * await using group = new ServerGroup([
 *   { hostname, port: 0, onReceive },
 *   { hostname, port: 0, onReceive, limits: { messageSize: 1_000_000 } },
 * ]);
 * await group.start();
 * assertEquals(group.servers.map((server) => server.addr?.hostname), [hostname, hostname]);
 * await group.reload();
 * ```
 */
export class ServerGroup implements AsyncDisposable {
  /** The servers, in the order of their options. Start and stop them by the group. */
  readonly servers: readonly Server[];
  readonly #life = new Lifecycle<RunningGroup>("group");

  /**
   * Makes servers that do not listen yet.
   *
   * @param options What each server goes by.
   * @throws {TypeError} If an option is not known or has the wrong type.
   */
  constructor(options: readonly ServerOptions[]) {
    this.servers = options.map((one) => new Server(one));
  }

  /**
   * Resolves once all servers have stopped listening; rejects as soon as one cannot go on. Before `start()` it is resolved.
   */
  get finished(): Promise<void> {
    return Promise.all(this.servers.map(({ finished }) => finished)).then(() => {});
  }

  /**
   * Starts the handlers' workers, then listens: with all servers, or with none if one of them cannot start.
   *
   * @throws {TypeError} As `start()` of a server does.
   * @throws {Error} If it runs already, or an address cannot be listened on; the message names it.
   */
  async start(): Promise<void> {
    await this.#life.start(() => RunningGroup.start(this.servers));
  }

  /**
   * Stops all servers at the same time, each as its own `stop()` does. It may start again afterwards. Stopping a group that
   * does not run does nothing; one that is still starting is stopped once it has started.
   *
   * @returns What it came to, added up.
   */
  stop(): Promise<StopReport> {
    return this.#life.stop();
  }

  /**
   * Reads every certificate and every handler script again, as `reloadCertificate()` and `reloadHandlers()` of a server do.
   * No session is disturbed.
   *
   * @throws {AggregateError} If one of them cannot be used: then the old one stays, and the others are reloaded all the
   * same. There is an error for each, and its text is in the message.
   * @throws {Error} If the group does not run.
   */
  async reload(): Promise<void> {
    await this.#life.need("reload").reload();
  }

  /** Stops the servers, as `await using` does at the end of a block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** One run of a group. */
class RunningGroup {
  readonly #servers: readonly Server[];
  readonly #pools: Pools;

  private constructor(servers: readonly Server[], pools: Pools) {
    this.#servers = servers;
    this.#pools = pools;
  }

  static async start(servers: readonly Server[]): Promise<RunningGroup> {
    const telemetry = await loadServerTelemetry();
    const log = new HandlerLog();
    const onLog = log.write.bind(log);
    const pools = new Pools({ buffers: new BufferPool(), telemetry, onLog });
    const numbers = new SessionNumbers();
    const group = new RunningGroup(servers, pools);
    try {
      await pools.start(planScripts(...servers.map((server) => server[INTERNALS].scripts())));
      for (const server of servers) await server[INTERNALS].start({ pools, numbers });
    } catch (error) {
      await group.stop();
      throw error;
    }
    return group;
  }

  async reload(): Promise<void> {
    const secured = this.#servers.filter((server) => server[INTERNALS].hasTls);
    const certificates = secured.map((server) => server.reloadCertificate());
    await settleAll("Cannot reload", [...certificates, this.#pools.reload()]);
  }

  async stop(): Promise<StopReport> {
    const reports = await Promise.all(this.#servers.map((server) => server.stop()));
    const { runaways } = await this.#pools.stop();
    return { aborted: reports.reduce((sum, { aborted }) => sum + aborted, 0), runaways };
  }
}
