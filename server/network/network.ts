/**
 * The network half of a server: its listener and its connections, up to their end. It runs in the thread of the
 * application, or in each of several threads of its own (`threads/`).
 *
 * @module
 */

import type { Utterance } from "../../session/replies.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { tcpChannel } from "../../session/transport/tcp.ts";
import type { ServerTlsOptions } from "../../session/transport/tls.ts";
import { normalizeIp } from "./addresses.ts";
import type { Entry } from "./admission.ts";
import { Connection } from "../connection/connection.ts";
import type { Intercept } from "../internals.ts";
import { Link } from "../connection/link.ts";
import { listen, Listener, listenUnix } from "./listener.ts";
import { whenDone } from "../connection/when_done.ts";
import { ProxyHeaders } from "./proxy.ts";
import type { Peer, Service } from "../service.ts";

/** Refused connections that may be told so at once; any further is closed without a word. */
const MOST_REFUSALS = 100;

/** Who lets connections in. */
export interface Door {
  /**
   * Counts a connection in, unless it is one too many.
   *
   * @param ip The peer's address.
   * @returns The connection's number; or the reply to refuse it with.
   */
  enter(ip: string): Entry | Promise<Entry>;
  /**
   * Counts a connection out.
   *
   * @param id Its number.
   */
  leave(id: number): void;
}

/** A listener, where there is one, and connections. */
export class Network {
  readonly #service: Service;
  readonly #door: Door;
  readonly #intercept: Intercept | undefined;
  readonly #connections = new Map<Connection, Promise<void>>();
  readonly #refusals = new Set<Promise<void>>();
  readonly #proxies: ProxyHeaders;
  readonly #finished = Promise.withResolvers<void>();
  #listener: Listener | null = null;

  /**
   * Makes a network half that does not listen.
   *
   * @param service What the connections share.
   * @param door Who lets them in.
   * @param intercept Has its say before each step of each session; unset: nobody has.
   */
  constructor(service: Service, door: Door, intercept?: Intercept) {
    this.#intercept = intercept;
    this.#service = service;
    this.#door = door;
    this.#proxies = new ProxyHeaders(service);
    // Who does not look at `finished` is told by `onError` alone.
    this.#finished.promise.catch(() => {});
  }

  /** Where it listens; null where it does not, and on a Unix socket. */
  get addr(): Deno.NetAddr | null {
    return this.#listener?.addr ?? null;
  }

  /** Resolves once it takes no more connections; rejects if the listener dies. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /**
   * Listens where the options say, and begins to accept.
   *
   * @param reusePort Whether others of this process listen there too.
   * @throws {Error} If the address cannot be listened on; the message says why.
   */
  async listen(reusePort = false): Promise<void> {
    const { hostname, port, path } = this.#service.options;
    const socket = path === null ? listen(hostname, port, reusePort) : await listenUnix(path);
    const { finished } = this.#listener = new Listener(socket, {
      connection: (conn) => this.accept(tcpChannel(conn, this.#service.buffers)),
      fault: (error) => this.#service.fault(error, "accept"),
    });
    finished.then(this.#finished.resolve, this.#finished.reject);
  }

  /**
   * Takes a channel whose peer has connected.
   *
   * @param channel The channel.
   * @returns A promise while its admission is pending.
   */
  accept(channel: Channel): void | Promise<void> {
    const ip = normalizeIp(channel.remote.ip);
    if (!this.#proxies.expects(ip)) {
      const remote = { ip, port: channel.remote.port };
      return this.#admit(channel, { remote, local: channel.local });
    }
    this.#proxies.read(channel, (arrival) => this.#admit(arrival.channel, arrival.ends));
  }

  #admit(channel: Channel, ends: Omit<Peer, "id">): void | Promise<void> {
    return whenDone(this.#door.enter(ends.remote.ip), (entry) => {
      if (typeof entry === "number") this.#begin(channel, { ...ends, id: entry });
      else this.#refuse(channel, entry);
    });
  }

  /**
   * Uses another certificate for the connections to come.
   *
   * @param tls How to set up TLS.
   */
  reload(tls: ServerTlsOptions): void {
    this.#service.tls = tls;
  }

  /** Stops listening; connections go on. */
  async close(): Promise<void> {
    if (this.#listener === null) this.#finished.resolve();
    else this.#listener.close();
    // Until then the port is taken, and one more client may be on its way in.
    await this.finished.catch(() => {});
  }

  /**
   * Stops: transactions that are open may end, every other session is told so.
   *
   * @returns How many connections were cut.
   */
  async stop(): Promise<number> {
    await this.close();
    const unknown = this.#proxies.close();
    for (const connection of this.#connections.keys()) connection.stop();
    await unknown;
    await this.#settled(this.#service.options.timeouts.stop);
    const aborted = this.#connections.size;
    for (const connection of this.#connections.keys()) connection.abort();
    await Promise.all([...this.#connections.values(), ...this.#refusals]);
    this.#service.deadlines.close();
    return aborted;
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

  #begin(channel: Channel, peer: Peer): void {
    const connection = new Connection(channel, peer, this.#service, this.#intercept);
    this.#connections.set(connection, this.#run(connection, peer.id));
  }

  async #run(connection: Connection, id: number): Promise<void> {
    try {
      await connection.run();
    } catch (error) {
      this.#service.fault(error, "connection");
    }
    this.#door.leave(id);
    this.#connections.delete(connection);
  }

  #refuse(channel: Channel, reply: Utterance): void {
    this.#service.telemetry?.refused();
    if (this.#service.options.implicitTls || this.#refusals.size >= MOST_REFUSALS) {
      return channel.close();
    }
    const link = new Link(channel, 0, this.#service);
    link.say(reply);
    const ended = link.end().finally(() => this.#refusals.delete(ended));
    this.#refusals.add(ended);
  }
}
