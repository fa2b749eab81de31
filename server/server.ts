/**
 * The SMTP server, as its user sees it.
 *
 * @module
 */

import type { EventSessions } from "../session/handler/events.ts";
import type { TraceLine } from "../session/trace.ts";
import type { Handler } from "./handler_pool/mod.ts";
import { INTERNALS, type ServerInternals, type StartOptions } from "./internals.ts";
import { Lifecycle, type StopReport } from "./lifecycle.ts";
import { checkOptions } from "./option_checks.ts";
import type { ServerOptions } from "./options.ts";
import { Protocol } from "./protocol.ts";
import { type ResolvedOptions, resolveOptions } from "./resolve.ts";
import { RunningServer, scriptsOf } from "./running.ts";
import { hasCertificate, loadTls } from "./tls.ts";
import { warnAtStart } from "./warnings.ts";

/**
 * An SMTP server (RFC 5321) that gives each step of a transaction to a handler.
 *
 * @example Receive one message
 * ```ts
 * import { Server } from "@infinity/smtp/server";
 * import { assert } from "@std/assert";
 *
 * await using server = new Server({ hostname: "127.0.0.1", port: 0 });
 * server.onReceive = (session) => {
 *   session.received = session.msg.length > 0;
 * };
 * await server.start();
 * assert(server.addr !== null && server.addr.port > 0);
 * ```
 */
export class Server {
  /** The versions of TLS, as the specification names them. */
  static readonly protocol: typeof Protocol = Protocol;

  #options: ServerOptions;
  readonly #life = new Lifecycle<RunningServer>("server");

  /**
   * Makes a server that does not listen yet.
   *
   * @param options What to go by; every part has a default but `onReceive`.
   */
  constructor(options?: ServerOptions);
  /**
   * Makes a server as the specification does.
   *
   * @param ssl `false`: no TLS at all; `true`: a certificate is needed to start; unset: TLS where a certificate is set.
   * @param verifyCertificate Whether a client certificate must be valid, where one is asked for.
   * @param port The port; 465 means implicit TLS.
   * @param maxConnections Simultaneous connections.
   * @param poolSize Workers kept for each handler script.
   * @param minProtocol The least version of TLS.
   * @param maxProtocol The greatest version of TLS.
   */
  constructor(
    ssl?: boolean,
    verifyCertificate?: boolean,
    port?: number,
    maxConnections?: number,
    poolSize?: number,
    minProtocol?: Protocol,
    maxProtocol?: Protocol,
  );
  constructor(
    first?: ServerOptions | boolean,
    ...others: [boolean?, number?, number?, number?, Protocol?, Protocol?]
  ) {
    const [verifyCertificate, port, maxConnections, poolSize, minProtocol, maxProtocol] = others;
    this.#options = typeof first === "object" && first !== null ? { ...first } : {
      ssl: first,
      verifyCertificate,
      port,
      maxConnections,
      poolSize,
      minProtocol,
      maxProtocol,
    };
    checkOptions(this.#options);
  }

  /** Asked when a client connects; null where it is not set. */
  get onConnect(): Handler<EventSessions["onConnect"]> | null {
    return this.#options.onConnect ?? null;
  }
  set onConnect(handler: Handler<EventSessions["onConnect"]> | null) {
    this.#set("onConnect", handler);
  }

  /** Told when a connection has ended; null where it is not set. */
  get onDisconnect(): Handler<EventSessions["onDisconnect"]> | null {
    return this.#options.onDisconnect ?? null;
  }
  set onDisconnect(handler: Handler<EventSessions["onDisconnect"]> | null) {
    this.#set("onDisconnect", handler);
  }

  /** Asked whether a login is valid; null where it is not set, and then AUTH is not offered. */
  get onLogin(): Handler<EventSessions["onLogin"]> | null {
    return this.#options.onLogin ?? null;
  }
  set onLogin(handler: Handler<EventSessions["onLogin"]> | null) {
    this.#set("onLogin", handler);
  }

  /** Asked whether a sender is accepted; null where it is not set, and then every sender is. */
  get onMailFrom(): Handler<EventSessions["onMailFrom"]> | null {
    return this.#options.onMailFrom ?? null;
  }
  set onMailFrom(handler: Handler<EventSessions["onMailFrom"]> | null) {
    this.#set("onMailFrom", handler);
  }

  /** Asked whether a recipient is accepted; null where it is not set, and then every recipient is. */
  get onRcptTo(): Handler<EventSessions["onRcptTo"]> | null {
    return this.#options.onRcptTo ?? null;
  }
  set onRcptTo(handler: Handler<EventSessions["onRcptTo"]> | null) {
    this.#set("onRcptTo", handler);
  }

  /** Given each message; null where it is not set, and then the server does not start. */
  get onReceive(): Handler<EventSessions["onReceive"]> | null {
    return this.#options.onReceive ?? null;
  }
  set onReceive(handler: Handler<EventSessions["onReceive"]> | null) {
    this.#set("onReceive", handler);
  }

  /** Asked what a name stands for (VRFY); null where it is not set, and then the answer says nothing. */
  get onVerify(): Handler<EventSessions["onVerify"]> | null {
    return this.#options.onVerify ?? null;
  }
  set onVerify(handler: Handler<EventSessions["onVerify"]> | null) {
    this.#set("onVerify", handler);
  }

  /** The address to listen on. */
  get hostname(): string {
    return this.#options.hostname ?? "0.0.0.0";
  }
  set hostname(hostname: string) {
    this.#set("hostname", hostname);
  }

  /** Told of every fault that is not a client's: a handler's, the listener's; null where it is not set. */
  get onError(): ((error: Error, where: string) => void) | null {
    return this.#options.onError ?? null;
  }
  set onError(onError: ((error: Error, where: string) => void) | null) {
    this.#set("onError", onError);
  }

  /** Given each line of every dialogue, secrets masked; null where it is not set. */
  get trace(): ((line: TraceLine) => void) | null {
    return this.#options.trace ?? null;
  }
  set trace(trace: ((line: TraceLine) => void) | null) {
    this.#set("trace", trace);
  }

  /** Where it listens; null while it does not, and where it listens on a Unix socket (`path`). */
  get addr(): Deno.NetAddr | null {
    return this.#life.running?.addr ?? null;
  }

  /**
   * Resolves once the server has stopped listening; rejects if the listener, or one of several `threads`, dies. Before
   * `start()` it is resolved.
   */
  get finished(): Promise<void> {
    return this.#life.running?.finished ?? Promise.resolve();
  }

  /**
   * Sets the certificate. The files are read and checked by `start()`, and again by `reloadCertificate()`.
   *
   * @param certFile The certificate chain's file (PEM); a relative path is relative to the working directory.
   * @param keyFile The private key's file (PEM).
   * @param rootCertFile The file (PEM) with the authorities that client certificates must come from; unset: none is asked for.
   * @param verify Whether a client certificate is required then; unset: as `verifyCertificate` says, else true.
   * @throws {Error} If the server runs.
   */
  setCertificate(
    certFile: string | URL,
    keyFile: string | URL,
    rootCertFile?: string | URL,
    verify?: boolean,
  ): void {
    const { implicit, required, certificates, alpn, legacy } = this.#options.tls ?? {};
    const kept = { implicit, required, certificates, alpn, legacy };
    this.#set("tls", { ...kept, certFile, keyFile, rootCertFile, verify });
  }

  /**
   * Starts the handlers' workers, then listens.
   *
   * @throws {TypeError} If an option is not right, a certificate or a handler script cannot be used, or `onReceive` is not set.
   * @throws {Error} If it runs already, the address cannot be listened on, or `threads` needs a flag that is missing.
   */
  async start(): Promise<void> {
    await this.#life.start(() => this.#start({}));
  }

  /**
   * Stops listening, lets open transactions end within `timeouts.stop`, tells every other client, and ends the workers.
   * A handler that is at work then still has until its own deadline.
   * It may start again afterwards. Stopping a server that does not run does nothing;
   * one that is still starting is stopped once it has started.
   *
   * @returns What it came to.
   */
  stop(): Promise<StopReport> {
    return this.#life.stop();
  }

  /**
   * Reads the certificate's files again, for the connections to come; those that there are keep theirs.
   *
   * @throws {TypeError} If the files cannot be used; the old certificate stays.
   * @throws {Error} If the server does not run, or has no certificate.
   */
  async reloadCertificate(): Promise<void> {
    await this.#life.need("reload the certificate").reloadCertificate();
  }

  /**
   * Loads every handler script again, with all modules that it imports from files: new workers take the events from then
   * on, the old ones finish what they have begun, and end. No session is disturbed. What a script keeps in variables is
   * lost, and packages from a registry stay as they are. A server that is part of a {@linkcode ServerGroup} reloads the
   * scripts of the group.
   *
   * Called during a reload, it reloads once more afterwards.
   *
   * @throws {AggregateError} If a script cannot be used: then its old workers stay. There is an error for each such script.
   * @throws {Error} If the server does not run.
   *
   * @example Take up a new version of a script
   * ```ts
   * import { Server } from "@infinity/smtp/server";
   *
   * const script = new URL("data:text/javascript,export default (session) => { session.received = true; }");
   * await using server = new Server({ hostname: "127.0.0.1", port: 0, onReceive: script });
   * await server.start();
   * const reload = (): void => void server.reloadHandlers().catch(console.error);
   * Deno.addSignalListener("SIGHUP", reload);
   * await server.reloadHandlers();
   * Deno.removeSignalListener("SIGHUP", reload);
   * ```
   */
  async reloadHandlers(): Promise<void> {
    await this.#life.need("reload the handlers").reloadHandlers();
  }

  /** Stops the server, as `await using` does at the end of a block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * What the rest of this library may do with it.
   *
   * @ignore
   */
  get [INTERNALS](): ServerInternals {
    return {
      hasTls: this.#life.running?.hasTls ?? false,
      scripts: () => scriptsOf(this.#options, this.#resolve()),
      start: (options) => this.#life.start(() => this.#start(options)),
      accept: (channel) => this.#life.need("accept a channel").accept(channel),
    };
  }

  async #start(how: StartOptions): Promise<RunningServer> {
    const options = this.#resolve();
    if (this.onReceive === null) {
      throw new TypeError("Cannot start the server: onReceive is not set, and mail would be lost");
    }
    const tls = await loadTls(this.#options, options);
    warnAtStart(this.#options, options, tls !== null);
    return await RunningServer.start(this.#options, options, tls, how);
  }

  #resolve(): ResolvedOptions {
    return resolveOptions(this.#options, hasCertificate(this.#options));
  }

  #set<K extends keyof ServerOptions>(key: K, value: ServerOptions[K]): void {
    if (!this.#life.idle) {
      throw new Error(`Cannot set "${key}" while the server runs: call stop() first`);
    }
    this.#options = { ...this.#options, [key]: value };
  }
}
