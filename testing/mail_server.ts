/**
 * The test server.
 *
 * @module
 */

import { Client } from "../client/client.ts";
import { DIAL } from "../client/dial.ts";
import { EncryptMode } from "../client/enums.ts";
import type { ClientOptions } from "../client/options.ts";
import { INTERNALS } from "../server/internals.ts";
import { listen, Listener } from "../server/network/listener.ts";
import type { Server } from "../server/server.ts";
import { traceLine } from "../session/trace.ts";
import type { Channel } from "../session/transport/channel.ts";
import { channelPair } from "../session/transport/memory.ts";
import { tcpChannel } from "../session/transport/tcp.ts";
import { type ServerCertificate, serverCertificate } from "./certificates.ts";
import { createServer } from "./create_server.ts";
import type { Fault, FaultControl } from "./fault.ts";
import { FaultScript, waitByClock } from "./fault_script.ts";
import { Inbox, type MessageFilter } from "./inbox.ts";
import type { CapturedMessage } from "./message.ts";
import { checkOptions, type MailServerOptions } from "./options.ts";
import { Tap } from "./tap.ts";
import { type Transcript, Transcripts } from "./transcript.ts";

const HOST = "127.0.0.1";
/** The ports that clients in memory show, so that no two are the same: those that systems hand out (RFC 6335 section 6). */
const FIRST_PORT = 49_152;
const LAST_PORT = 65_535;

const ENCRYPT_MODES = {
  none: EncryptMode.none,
  starttls: EncryptMode.startTls,
  required: EncryptMode.startTls,
  implicit: EncryptMode.implicitTls,
} as const;

/**
 * Starts a server for a test: it takes every message, keeps it, and hands it out. It leaves nothing behind once it is closed,
 * as `await using` does at the end of the block.
 *
 * @param options What is to be different.
 * @returns The server, once it can be reached.
 * @throws {TypeError} If an option is not right.
 * @throws {RangeError} If a number is out of range.
 * @throws {Error} If it cannot listen.
 *
 * @example Look at a message
 * ```ts
 * import { Client } from "@infinity/smtp/client";
 * import { startMailServer } from "@infinity/smtp/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using mail = await startMailServer();
 *
 * await using client = new Client(mail.clientOptions);
 * await client.connect();
 * await client.sendMail("From: ada@example.com\r\nTo: bob@example.com\r\nSubject: Tea\r\n\r\nAt four?\r\n");
 *
 * const message = await mail.next({ to: "bob@example.com" });
 * assertEquals(message.subject, "Tea");
 * assertEquals((await message.parsed()).text, "At four?\n");
 * ```
 *
 * @example Let a recipient be refused
 * ```ts
 * import { startMailServer } from "@infinity/smtp/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using mail = await startMailServer({ memory: true });
 * mail.fault({ at: "RCPT", to: "bob@example.com", reply: "550 5.1.1 There is no Bob here" });
 *
 * const client = await mail.connect();
 * const report = await client.sendMail("From: ada@example.com\r\nTo: bob@example.com, eve@example.com\r\n\r\nTea?\r\n");
 * assertEquals(report.rejected.map(({ address }) => address), ["bob@example.com"]);
 * ```
 */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  return await MailServer.start(options);
}

/** A server that takes every message, keeps it, and hands it to a test; {@linkcode startMailServer} makes one. */
export class MailServer implements AsyncDisposable {
  /** The address that it listens on: `"127.0.0.1"`. */
  readonly host: string = HOST;
  /** The port that it listens on; 0 in memory. */
  readonly port: number;
  /** Where it listens, such as `"smtp://127.0.0.1:49152"`; `smtps:` where TLS comes first. */
  readonly url: string;
  /** The authority (PEM) that clients have to trust; empty where there is no TLS. */
  readonly caCert: string;
  /** What a `Client` needs to reach it: host, port, encryption, whom to trust; and in memory the way there. */
  readonly clientOptions: Readonly<ClientOptions>;
  readonly #inbox = new Inbox();
  readonly #transcripts = new Transcripts();
  readonly #faults: FaultScript;
  readonly #taps = new Map<number, Tap>();
  readonly #clients: Client[] = [];
  readonly #server: Server;
  readonly #listener: Listener | null;
  #lastPort = LAST_PORT;
  #closing: Promise<void> | null = null;

  private constructor(options: MailServerOptions, certificate: ServerCertificate | null) {
    const { memory = false, tls = "none", protocol = "smtp", wait = waitByClock } = options;
    this.#faults = new FaultScript({
      wait,
      // A port belongs to one client at a time.
      tapOf: ({ remote }) => this.#taps.get(remote.port),
      note: ({ id }, text) => this.#transcripts.add(traceLine(id, "server", `[${text}]`)),
    });
    for (const fault of options.faults ?? []) this.#faults.add(fault);
    this.#server = createServer(options, certificate, {
      receive: (message) => this.#inbox.add(message),
      trace: (line) => this.#transcripts.add(line),
    });
    this.#listener = memory ? null : this.#listen();
    this.port = this.#listener?.addr?.port ?? 0;
    this.url = `${tls === "implicit" ? "smtps" : "smtp"}://${HOST}:${this.port}`;
    this.caCert = certificate?.caCert ?? "";
    this.clientOptions = Object.freeze({
      host: HOST,
      encryptMode: ENCRYPT_MODES[tls],
      protocol,
      ...(certificate === null ? {} : { tls: { ca: certificate.caCert } }),
      ...(memory ? { [DIAL]: () => Promise.resolve(this.#dial()) } : { port: this.port }),
    });
  }

  /**
   * The same as {@linkcode startMailServer}.
   *
   * @param options What is to be different.
   * @returns The server.
   */
  static async start(options: MailServerOptions): Promise<MailServer> {
    checkOptions(options);
    const { tls = "none", certificate = "valid" } = options;
    const mail = new MailServer(
      options,
      tls === "none" ? null : await serverCertificate(certificate),
    );
    try {
      const { intercept } = mail.#faults;
      await mail.#server[INTERNALS].start({ listen: false, intercept });
      return mail;
    } catch (error) {
      await mail.close();
      throw error;
    }
  }

  /** All messages that have arrived since the last `clear()`, whether they were handed out or not. */
  get messages(): readonly CapturedMessage[] {
    return this.#inbox.messages;
  }

  /** What was said since the last `clear()`: a transcript for each session, in order, secrets masked. */
  get transcript(): readonly Transcript[] {
    return this.#transcripts.sessions;
  }

  /**
   * Hands out the first message that fits and was not handed out before, or waits until it arrives: so three calls hand out
   * three messages. Those that do not fit stay for later calls. It does not poll.
   *
   * @param filter Which message, and how long to wait for it; any, and 5 seconds, unless given.
   * @returns The message.
   * @throws {TypeError} If the filter has a key that is not known.
   * @throws {Error} If none arrives in time, or the server is closed before; it says what did arrive.
   */
  async next(filter: MessageFilter = {}): Promise<CapturedMessage> {
    return await this.#inbox.next(filter, () => this.#lastLine());
  }

  /** Forgets all messages and transcripts. Faults stay, as do connections. */
  clear(): void {
    this.#inbox.clear();
    this.#transcripts.clear();
  }

  /**
   * Has something go wrong from now on.
   *
   * @param fault What, where and how often.
   * @returns The means to see when it strikes, and to take it away.
   * @throws {TypeError} If it is of no known form, or can never strike.
   * @throws {RangeError} If a number is out of range.
   */
  fault(fault: Fault): FaultControl {
    return this.#faults.add(fault);
  }

  /**
   * Connects a client, in memory where the server is. It is not authenticated yet.
   *
   * @param options What to tell the client beside `clientOptions`.
   * @returns The client, connected; it is freed when the server is closed, unless it was before.
   * @throws {SmtpError} As `connect()` of the client does.
   */
  async connect(options: ClientOptions = {}): Promise<Client> {
    const tls = { ...this.clientOptions.tls, ...options.tls };
    const client = new Client({ ...this.clientOptions, ...options, tls });
    this.#clients.push(client);
    await client.connect();
    return client;
  }

  /** Ends all sessions and stops. Whoever still waits for a message is told so. Calling it again does nothing. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** As {@linkcode MailServer.close}, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#inbox.close();
    this.#faults.close();
    this.#listener?.close();
    await this.#listener?.finished.catch(() => {});
    await Promise.all(this.#clients.map((client) => client.free()));
    await this.#server.stop();
  }

  #listen(): Listener {
    return new Listener(listen(HOST, 0), {
      connection: (conn) => this.#accept(tcpChannel(conn)),
      // A client that was gone before it was accepted.
      fault: () => {},
    });
  }

  #accept(channel: Channel): void {
    const { port } = channel.remote;
    const tap = new Tap(channel, () => this.#taps.delete(port));
    this.#taps.set(port, tap);
    try {
      this.#server[INTERNALS].accept(tap);
    } catch {
      tap.close(); // The server has just stopped.
    }
  }

  #dial(): Channel {
    this.#lastPort = this.#lastPort < LAST_PORT ? this.#lastPort + 1 : FIRST_PORT;
    const [theirs, ours] = channelPair({ first: { ip: HOST, port: this.#lastPort } });
    this.#accept(ours);
    return theirs;
  }

  /** The end of the last transcript, which often tells why a message did not arrive. */
  #lastLine(): string {
    const line = this.#transcripts.sessions.at(-1)?.lines.at(-1);
    if (line === undefined) return ", and nobody has connected";
    return `; the last session ended with ${line.from === "client" ? "C" : "S"}: ${line.text}`;
  }
}
