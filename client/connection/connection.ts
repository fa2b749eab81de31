/**
 * A client's connection: commands go out, replies come back, each in its time, and nothing that was not asked for.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { type ClientTlsOptions, upgradeClient } from "../../session/transport/tls.ts";
import { concat } from "../../session/wire/bytes.ts";
import type { Capabilities } from "../../session/wire/capabilities.ts";
import type { Reply } from "../../session/wire/reply.ts";
import { aborted } from "./abort.ts";
import type { Command } from "./command.ts";
import type { ClientLimits, ClientTimeouts, ConnectionConfig } from "../options.ts";
import { injected, lost, serverClosed, sessionEnd, unasked } from "./replies.ts";
import { ReplyReader } from "./reply_reader.ts";
import { Secrets } from "./secrets.ts";
import type { Tracer } from "./tracer.ts";
import { Watchdog } from "./watchdog.ts";

/** A connection to a server. It has one user at a time; any failure ends it. */
export class Connection {
  /** How long to wait. */
  readonly timeouts: ClientTimeouts;
  /** Told each line. */
  readonly tracer: Tracer;
  /** What the server said in reply to EHLO that it can do; empty after HELO. */
  capabilities: Capabilities = new Map();
  /** The mechanisms that it offered before TLS. Nothing but to see that none has gone: in clear anybody may have changed them. */
  offeredInClear: readonly string[] = [];
  /** What must not be shown, should the server say it back. */
  readonly secrets: Secrets = new Secrets();

  readonly #limits: ClientLimits;
  readonly #watchdog: Watchdog;
  #channel: Channel;
  #reader: ReplyReader;
  #failure: SmtpError | null = null;
  #closed = false;
  #writing: Promise<boolean> = Promise.resolve(true);

  /**
   * Takes a channel over.
   *
   * @param channel The channel, from which nothing was read.
   * @param config What it needs to know.
   */
  constructor(channel: Channel, config: ConnectionConfig) {
    this.#channel = channel;
    ({ tracer: this.tracer, timeouts: this.timeouts, limits: this.#limits } = config);
    this.#reader = this.#newReader();
    this.#watchdog = new Watchdog((error) => void this.fail(error));
    this.#traceTls();
  }

  /** Whether it can be used. */
  get open(): boolean {
    return !this.#closed;
  }

  /** What ended it; null while it is open, and where it was closed as it should be. */
  get failure(): SmtpError | null {
    return this.#failure;
  }

  /** The two ends, and the TLS session between them; its `tls` is null in clear. */
  get ends(): Pick<Channel, "local" | "remote" | "tls"> {
    return this.#channel;
  }

  /** Whether something came that was not asked for, or the server has gone; known without waiting. */
  get disturbed(): boolean {
    return this.#reader.arrived;
  }

  /**
   * Does something under the caller's signal, which closes the connection when it fires. What the server sends
   * from then on, unasked, is noticed at the next command.
   *
   * @param signal The signal, if there is one.
   * @param action What to do.
   * @returns What it resolves to.
   * @throws {SmtpError} Kind `aborted` if the signal has fired before.
   */
  async run<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    const abort = (): void => void this.fail(aborted(signal));
    if (signal?.aborted) throw aborted(signal);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await action();
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#watchdog.disarm();
      if (!this.#closed) this.#watch();
    }
  }

  /**
   * Sends a command and reads the reply to it.
   *
   * @param command The command.
   * @param timeout How long to wait, in milliseconds; the command's own timeout unless given.
   * @returns The reply.
   * @throws {SmtpError} If the connection ends, by 421 too, or anything is wrong with the reply.
   */
  async ask(command: Command, timeout = this.timeouts.command): Promise<Reply> {
    const replies: Reply[] = [];
    await this.askAll([command], (reply) => void replies.push(reply), timeout);
    return replies[0];
  }

  /**
   * Sends commands in one write and reads the replies to all, while it writes: a server that cannot get rid of its
   * replies reads no more ([RFC 2920, section 3.1](https://www.rfc-editor.org/rfc/rfc2920#section-3.1)).
   *
   * @param commands The commands; the last may be one that has to be the last.
   * @param onReply Takes each reply, with the index of its command.
   * @param timeout How long to wait for each reply, in milliseconds.
   * @throws {SmtpError} If the connection ends, by 421 too, or anything is wrong with a reply.
   */
  async askAll(
    commands: readonly Command[],
    onReply: (reply: Reply, index: number) => void,
    timeout = this.timeouts.command,
  ): Promise<void> {
    const [first] = commands;
    this.assertQuiet(first.shown);
    for (const { shown } of commands) this.tracer.line("client", shown);
    const bytes = commands.length === 1 ? first.bytes : concat(commands.map((one) => one.bytes));
    const writing = this.#channel.write(bytes).then(() => null, (error: unknown) => ({ error }));
    for (let i = 0; i < commands.length; i++) {
      onReply(await this.receive(commands[i].timeout ?? timeout, commands[i].shown), i);
    }
    // A server can answer what it has not read, and read no more.
    this.#watchdog.arm(timeout, "that the server takes what it has answered");
    const failed = await writing;
    this.#watchdog.disarm();
    if (failed !== null) throw this.#lost(failed.error);
  }

  /**
   * Reads a reply.
   *
   * @param timeout How long to wait, in milliseconds.
   * @param command What it is the reply to, secrets masked.
   * @returns The reply.
   * @throws {SmtpError} If the connection ends, by 421 too, or anything is wrong with the reply.
   */
  async receive(timeout: number, command: string): Promise<Reply> {
    this.#watchdog.arm(timeout, `the reply to ${command}`);
    try {
      const reply = await this.#reader.next();
      if (reply === null) throw serverClosed(command);
      return this.#accept(reply, command);
    } catch (error) {
      throw this.#lost(error);
    } finally {
      this.#watchdog.disarm();
    }
  }

  /**
   * Writes a piece of a message.
   *
   * @param bytes The octets; null to wait on for those of the last time.
   * @returns False where the server spoke or left before all was written.
   * @throws {SmtpError} If the connection ends.
   */
  async write(bytes: Uint8Array | null): Promise<boolean> {
    this.#watchdog.arm(this.timeouts.dataBlock, "that the server takes a block of the message");
    try {
      if (bytes !== null) this.#writing = this.#channel.write(bytes).then(() => true);
      return await this.#reader.unlessArrival(this.#writing) ?? false;
    } catch (error) {
      // A server that refuses may close at once; what it said may still be there to be read.
      if (this.#failure === null && await this.#reader.lastWords()) return false;
      throw this.#lost(error);
    } finally {
      this.#watchdog.disarm();
    }
  }

  /**
   * Waits for something of the caller's, while a message is under way.
   *
   * @param promise What to wait for.
   * @returns Its value; undefined where the server spoke or left meanwhile, or the caller's signal has fired.
   */
  unlessDisturbed<T>(promise: Promise<T>): Promise<T | undefined> {
    return this.#reader.unlessArrival(promise);
  }

  /**
   * Makes sure that nothing has come that was not asked for. Such a reply would pass for that to the next command.
   *
   * @param before What is to be sent next, secrets masked.
   * @throws {SmtpError} Kind `reply` if a 421 has come, `connection` if the server has closed, `protocol` for anything else.
   */
  assertQuiet(before: string): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closed) throw serverClosed(before);
    try {
      const came = this.#reader.unasked();
      if (came === "nothing") return;
      if (came === "end") throw serverClosed(before);
      const reply = came === "part" ? null : this.secrets.maskReply(came);
      if (reply?.code === 421) this.#accept(reply, before);
      throw unasked(before, reply);
    } catch (error) {
      throw this.#lost(error);
    }
  }

  /**
   * Turns the connection into a TLS connection. What the server said before is forgotten
   * ([RFC 3207, section 4.2](https://www.rfc-editor.org/rfc/rfc3207#section-4.2)).
   *
   * @param options How.
   * @throws {SmtpError} If the server sent anything in clear behind its 220, or the handshake fails.
   */
  async upgrade(options: ClientTlsOptions): Promise<void> {
    if (!this.#reader.release()) throw this.fail(injected());
    try {
      this.#channel = await upgradeClient(this.#channel, options);
    } catch (error) {
      throw this.#lost(error);
    }
    this.#reader = this.#newReader();
    this.offeredInClear = this.capabilities.get("AUTH") ?? [];
    this.capabilities = new Map();
    this.#traceTls();
  }

  /** Ends the connection properly, once nothing is under way. */
  async end(): Promise<void> {
    this.#watchdog.arm(this.timeouts.quit, "that the connection ends");
    try {
      await this.#channel.closeWrite();
    } catch {
      // The server has closed it already.
    } finally {
      this.close();
    }
  }

  /**
   * Ends the connection because of an error. The first one counts.
   *
   * @param error The error.
   * @returns What has ended the connection.
   */
  fail(error: SmtpError): SmtpError {
    if (!this.#closed) this.#failure ??= error;
    this.close();
    return this.#failure ?? error;
  }

  /** Ends the connection at once. */
  close(): void {
    this.#closed = true;
    this.#watchdog.stop();
    this.#channel.close();
  }

  /** Notes a reply, and ends the session where it says so. */
  #accept(said: Reply, command: string): Reply {
    const reply = this.secrets.maskReply(said);
    this.tracer.reply(reply);
    const end = sessionEnd(reply, command);
    if (end !== null) throw end;
    return reply;
  }

  /** Reads ahead, so that what comes unasked is seen; what has come already ends the connection. */
  #watch(): void {
    try {
      this.assertQuiet("the next command");
      this.#reader.watch();
    } catch {
      // The next call tells of it.
    }
  }

  #traceTls(): void {
    const { tls } = this.#channel;
    if (tls !== null) this.tracer.line("client", `[TLS: ${tls.protocol}, ${tls.cipher}]`);
  }

  #newReader(): ReplyReader {
    const { reply, replyLine: line } = this.#limits;
    return new ReplyReader(this.#channel, { line, reply });
  }

  /** Ends the connection because of whatever was thrown, and says what ended it. */
  #lost(error: unknown): SmtpError {
    return this.fail(error instanceof SmtpError ? error : lost(error, this.secrets));
  }
}
