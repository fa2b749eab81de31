/**
 * What a client does, one call at a time, with the settings that its properties hold.
 *
 * @module
 */

import { SmtpError } from "../session/errors.ts";
import type { TlsFacts } from "../session/transport/channel.ts";
import { authenticate } from "./auth.ts";
import { CallGate } from "./call_gate.ts";
import type { Connection } from "./connection/connection.ts";
import { type Dial, dialOf } from "./dial.ts";
import { AuthMode, tlsPlan } from "./enums.ts";
import { SessionUsage } from "./transaction/limits.ts";
import type { MailSource } from "./message/mail_source.ts";
import { quit, readCall, readSend, usable, verifyName } from "./operations.ts";
import type { CallOptions, ClientOptions, SendOptions } from "./options.ts";
import type { SendReport } from "./transaction/report.ts";
import { sendMessage } from "./transaction/send.ts";
import { authModeOf, encryptOf, portOf, type Settings } from "./settings.ts";
import { start, type StartOptions } from "./start.ts";
import { type ClientTelemetry, loadClientTelemetry } from "./telemetry.ts";
import { Tracer } from "./connection/tracer.ts";

/** What a client knows of the server that it is connected to. */
export interface ServerFacts {
  /** The parameters of each extension that it offers in its reply to EHLO, by its keyword in upper case. */
  readonly extensions: ReadonlyMap<string, readonly string[]>;
  /** The TLS session; null in clear. */
  readonly tls: TlsFacts | null;
}

/** The calls of one client. Each method is that of the client by the same name. */
export class ClientSession {
  readonly #settings: Settings;
  readonly #dial: Dial;
  readonly #gate = new CallGate();
  #connection: Connection | null = null;
  #usage = new SessionUsage();
  #telemetry: ClientTelemetry | null = null;
  #connections = 0;
  /** Whether the server accepted the credentials; null where it was not asked. */
  #authenticated: boolean | null = null;

  /**
   * Makes a session that is not connected.
   *
   * @param settings The client's settings; they do not change while {@linkcode ClientSession.fixed}.
   * @param options Where they come from.
   */
  constructor(settings: Settings, options: ClientOptions) {
    this.#settings = settings;
    this.#dial = dialOf(options, settings.path);
  }

  /** Whether there is a connection. */
  get connected(): boolean {
    return this.#connection?.open ?? false;
  }

  /** What is known of the server; null while not connected. */
  get server(): ServerFacts | null {
    const connection = this.#connection;
    if (!connection?.open) return null;
    return { extensions: connection.capabilities, tls: connection.ends.tls };
  }

  /** Whether the settings may not change now. */
  get fixed(): boolean {
    return this.connected || this.#gate.running === "connect";
  }

  /** Connects. */
  async connect(options: CallOptions): Promise<void> {
    const { signal } = readCall(options);
    await this.#gate.run("connect", async () => {
      const settings = { ...this.#settings };
      if (this.connected) throw new Error("Cannot connect: call disconnect() first");
      const { host, path, timeouts, limits, trace } = settings;
      if (host === "" && path === null) throw new TypeError('Cannot connect: set "host" first');
      const port = portOf(settings);
      this.#authenticated = null;
      this.#usage = new SessionUsage();
      const from: StartOptions = {
        settings,
        dial: this.#dial,
        port,
        authMode: authModeOf(settings),
        plan: tlsPlan(encryptOf(settings), port),
        signal: this.#gate.signal(signal),
      };
      const tracer = new Tracer(++this.#connections, trace);
      const begin = (): Promise<Connection> => start(from, { tracer, timeouts, limits });
      this.#telemetry = await loadClientTelemetry();
      this.#connection = await (this.#telemetry?.connect(begin) ?? begin());
    });
  }

  /** Authenticates. */
  async authenticate(options: CallOptions): Promise<boolean> {
    const { signal } = readCall(options);
    return await this.#gate.run("authenticate", async () => {
      const connection = usable(this.#connection, "authenticate");
      const settings = { ...this.#settings };
      if (authModeOf(settings) === AuthMode.none || this.#authenticated) return true;
      this.#authenticated = await connection.run(signal, () => authenticate(connection, settings));
      return this.#authenticated;
    });
  }

  /** Sends a message from whatever yields it; that is asked for once all else is in order. */
  async send(open: () => MailSource, options: SendOptions): Promise<SendReport> {
    const { envelope, delivery, signal, onProgress } = readSend(options);
    return await this.#gate.run("send", async () => {
      const connection = usable(this.#connection, "send");
      if (authModeOf(this.#settings) !== AuthMode.none) this.#assertAuthenticated();
      const { host, path, protocol, chunking } = this.#settings;
      const send = (): Promise<SendReport> =>
        sendMessage(connection, open(), {
          envelope,
          delivery,
          usage: this.#usage,
          lmtp: protocol === "lmtp",
          chunking,
          headerLimit: this.#settings.limits.header,
          signal: this.#gate.signal(signal),
          onProgress,
        });
      return await (this.#telemetry?.send(path ?? host, portOf(this.#settings), send) ?? send());
    });
  }

  #assertAuthenticated(): void {
    if (this.#authenticated) return;
    throw new Error(
      this.#authenticated === null
        ? "Cannot send: the server has not accepted the credentials, call authenticate() first"
        : "Cannot send: the server has refused the credentials, authenticate() resolved to false",
    );
  }

  /** Asks the server whether it knows a name. */
  async verify(name: string, options: CallOptions): Promise<string> {
    const { signal } = readCall(options);
    return await this.#gate.run("verify", async () => {
      return await verifyName(usable(this.#connection, "verify"), name, signal);
    });
  }

  /** Says goodbye and closes the connection. */
  async disconnect(options: CallOptions): Promise<void> {
    const { signal } = readCall(options);
    if (this.#gate.freed) return;
    await this.#gate.run("disconnect", async () => {
      const connection = this.#connection;
      this.#connection = null;
      this.#authenticated = null;
      if (connection !== null) await quit(connection, this.#gate.signal(signal));
    });
  }

  /** Lets go of everything. */
  async free(): Promise<void> {
    if (this.#gate.freed) return;
    if (this.#gate.running === null) await this.disconnect({});
    this.#gate.free();
    const error = "Cannot go on: the client was freed";
    this.#connection?.fail(new SmtpError("aborted", error, { temporary: false }));
    this.#connection = null;
    this.#settings.password = "";
    this.#settings.token = null;
  }
}
