/**
 * The network half of a server, in several threads of their own that listen on one address; what they share is in the
 * thread of the application.
 *
 * @module
 */

import type { ServerTlsOptions } from "../../session/transport/tls.ts";
import type { Admission } from "../network/admission.ts";
import { listen } from "../network/listener.ts";
import type { Service } from "../service.ts";
import { makeOctetCounts } from "./shared_budget.ts";
import { type Shared, Thread } from "./thread.ts";

/** Several listeners with their connections; does what {@linkcode Network} does. */
export class Threads {
  /** Where they listen. */
  readonly addr: Deno.NetAddr;
  /** Resolves once all have stopped listening; rejects if one of them dies, while the others go on. */
  readonly finished: Promise<void>;
  readonly #service: Service;
  readonly #threads: readonly Thread[];

  private constructor(service: Service, addr: Deno.NetAddr, threads: readonly Thread[]) {
    this.#service = service;
    this.addr = addr;
    this.#threads = threads;
    this.finished = Promise.all(threads.map(({ finished }) => finished)).then(() => {});
    // Who does not look at `finished` is told by `onError` alone.
    this.finished.catch(() => {});
  }

  /**
   * Starts as many threads as the options say.
   *
   * @param service The service of the application's thread.
   * @param admission Who may connect.
   * @returns The threads, once all of them listen.
   * @throws {Error} If the runtime lacks a flag, or the address cannot be listened on; the message says why.
   */
  static async start(service: Service, admission: Admission): Promise<Threads> {
    const { threads: count, hostname, port } = service.options;
    needFlag(count);
    // With `reusePort` the system would let us share the port with a server that was started before.
    listen(hostname, port).close();
    const shared: Shared = { service, admission, octets: makeOctetCounts(count) };
    const threads: Thread[] = [];
    try {
      threads.push(new Thread(shared, 1, port));
      const taken = port === 0 ? (await threads[0].listening).port : port;
      while (threads.length < count) {
        threads.push(new Thread(shared, threads.length + 1, taken));
      }
      const [addr] = await Promise.all(threads.map(({ listening }) => listening));
      return new Threads(service, addr, threads);
    } catch (error) {
      for (const thread of threads) thread.end();
      throw error;
    }
  }

  /**
   * Uses another certificate for the connections to come.
   *
   * @param tls How to set up TLS.
   */
  reload(tls: ServerTlsOptions): void {
    this.#service.tls = tls;
    for (const thread of this.#threads) thread.reload(tls);
  }

  /**
   * Stops: transactions that are open may end, every other session is told so.
   *
   * @returns How many connections were cut.
   */
  async stop(): Promise<number> {
    // Nobody shall be told by one thread to come again later, and be greeted by another at once.
    await Promise.all(this.#threads.map((thread) => thread.close()));
    const aborted = await Promise.all(this.#threads.map((thread) => thread.stop()));
    this.#service.deadlines.close();
    return aborted.reduce((sum, count) => sum + count, 0);
  }
}

/** Without the flag the runtime ends the process as soon as `reusePort` is asked for; this comes with the same flag. */
function needFlag(threads: number): void {
  if ("listenDatagram" in Deno) return;
  throw new Error(
    `Cannot start: "threads" is ${threads}, which needs --unstable-net, or "net" in "unstable" of deno.json`,
  );
}
