/**
 * The client.
 *
 * @module
 */

import type { TraceLine } from "../session/trace.ts";
import { checkText } from "./checks.ts";
import { AuthMode, EncryptMode } from "./enums.ts";
import type { Mail, MailSource } from "./message/mail_source.ts";
import { fileSource, mailSource, streamSource } from "./message/mail_source.ts";
import type { CallOptions, ClientOptions, SendOptions } from "./options.ts";
import type { SendReport } from "./transaction/report.ts";
import { ClientSession, type ServerFacts } from "./session.ts";
import { authModeOf, CHECKS, encryptOf, portOf, readOptions, type Settings } from "./settings.ts";

/**
 * Sends messages through an SMTP server ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321)): connect, authenticate, send as
 * many as there are, disconnect. Its methods do one thing at a time; a call out of order throws and names the call
 * that is missing. TLS is used and verified unless told otherwise.
 *
 * @example Send a message
 * ```ts ignore
 * import { Client, formatReplyText } from "@infinity/smtp";
 *
 * await using client = new Client({ host: "mail.example.org", username: "ada", password: "analytical" });
 * await client.connect();
 * if (!await client.authenticate()) throw new Error("wrong password");
 * const report = await client.sendFile("mail.eml");
 * for (const { address, reply } of report.rejected) alert(`${address}: ${reply && formatReplyText(reply)}`);
 * await client.disconnect();
 * ```
 *
 * @example A call out of order
 * ```ts
 * import { Client } from "@infinity/smtp";
 * import { assertRejects } from "@std/assert";
 *
 * const client = new Client();
 * client.host = "mail.example.org";
 * await assertRejects(() => client.authenticate(), Error, "call connect() first");
 * ```
 */
export class Client {
  /** How a client authenticates. */
  static readonly authMode: typeof AuthMode = AuthMode;
  /** How a client encrypts. */
  static readonly encryptMode: typeof EncryptMode = EncryptMode;

  readonly #settings: Settings;
  readonly #session: ClientSession;

  /**
   * Makes a client that is not connected.
   *
   * @param options What to tell it; everything in it has a default, and most is a property too.
   * @throws {TypeError} If an option is of a wrong type, unknown, or holds control characters.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(options: ClientOptions = {}) {
    this.#settings = readOptions(options);
    this.#session = new ClientSession(this.#settings, options);
  }

  /** The server's host name or IP address. @default {""} */
  get host(): string {
    return this.#settings.host;
  }
  set host(value: string) {
    this.#set("host", value);
  }

  /** The server's port. @default {465 for `sslTls` and `implicitTls`, 587 for `startTls`, 25 for `none` and `opportunistic`; 24 for LMTP} */
  get port(): number {
    return portOf(this.#settings);
  }
  set port(value: number) {
    this.#set("port", value);
  }

  /** How to encrypt. @default {EncryptMode.sslTls; EncryptMode.none for a Unix socket} */
  get encryptMode(): EncryptMode {
    return encryptOf(this.#settings);
  }
  set encryptMode(value: EncryptMode) {
    this.#set("encryptMode", value);
  }

  /** How to authenticate. @default {AuthMode.sasl where a token or mechanisms are set, else AuthMode.default where a username is, else AuthMode.none} */
  get authMode(): AuthMode {
    return authModeOf(this.#settings);
  }
  set authMode(value: AuthMode) {
    this.#set("authMode", value);
  }

  /** The name of the account. @default {""} */
  get username(): string {
    return this.#settings.username;
  }
  set username(value: string) {
    this.#set("username", value);
  }

  /** The password of the account. @default {""} */
  get password(): string {
    return this.#settings.password;
  }
  set password(value: string) {
    this.#set("password", value);
  }

  /** How long to try to connect, in milliseconds; a TLS handshake has as long again. @default {30000} */
  get timeout(): number {
    return this.#settings.timeout;
  }
  set timeout(value: number) {
    this.#set("timeout", value);
  }

  /** Whether the server's certificate must be valid, and be for this host. @default {true} */
  get verifyServerCertificate(): boolean {
    return this.#settings.verifyServerCertificate;
  }
  set verifyServerCertificate(value: boolean) {
    this.#set("verifyServerCertificate", value);
  }

  /**
   * Whether a TLS 1.2 server without secure renegotiation ([RFC 5746](https://www.rfc-editor.org/rfc/rfc5746)) is accepted.
   *
   * @default {false}
   */
  get allowUnsafeLegacyRenegotiation(): boolean {
    return this.#settings.allowUnsafeLegacyRenegotiation;
  }
  set allowUnsafeLegacyRenegotiation(value: boolean) {
    this.#set("allowUnsafeLegacyRenegotiation", value);
  }

  /** The same as {@linkcode Client.allowUnsafeLegacyRenegotiation}, by another name of the specification's. @default {false} */
  get useLegacyServerConnect(): boolean {
    return this.#settings.useLegacyServerConnect;
  }
  set useLegacyServerConnect(value: boolean) {
    this.#set("useLegacyServerConnect", value);
  }

  /** Given each line of every dialogue, secrets masked. @default {null} */
  get trace(): ((line: TraceLine) => void) | null {
    return this.#settings.trace;
  }
  set trace(value: ((line: TraceLine) => void) | null) {
    this.#set("trace", value);
  }

  /** Whether there is a connection; a server that has left is noticed at the next call. */
  get connected(): boolean {
    return this.#session.connected;
  }

  /** What is known of the server: its extensions, and the TLS session; null while not connected. */
  get server(): ServerFacts | null {
    return this.#session.server;
  }

  /**
   * Connects to the server, up to where it can be used: with its greeting read, TLS set up and EHLO said.
   *
   * @param options What may end it.
   * @throws {TypeError} If no host is set.
   * @throws {SmtpError} If the server cannot be reached, refuses, does not speak SMTP, or lacks the TLS that is required.
   * @throws {Error} If the client is connected already.
   */
  async connect(options: CallOptions = {}): Promise<void> {
    await this.#session.connect(options);
  }

  /**
   * Authenticates, as `authMode` says. After a mechanism that the server does not take comes the next, after 535 one that proves
   * something else: a password that SCRAM could not prove may go out as it is, to a server whose certificate was verified.
   *
   * @param options What may end it.
   * @returns True where the server accepts, or `authMode` is none; false where it refuses the credentials.
   * @throws {TypeError} If no username is set, or nothing that any mechanism needs.
   * @throws {SmtpError} If no mechanism can be used, the connection is in clear, or the server answers otherwise.
   * @throws {Error} If the client is not connected.
   */
  async authenticate(options: CallOptions = {}): Promise<boolean> {
    return await this.#session.authenticate(options);
  }

  /**
   * Sends a message from a file, which is read while it is sent.
   *
   * @param path The file, with a whole message (RFC 5322). A relative path is relative to the working directory.
   * @param options The envelope, and what goes with it.
   * @returns What became of the message, for each recipient.
   * @throws {SendError} If it was not sent, or that is not known.
   * @throws {Error} As {@linkcode Client.sendMail}, and if the file cannot be read.
   */
  async sendFile(path: string | URL, options: SendOptions = {}): Promise<SendReport> {
    const open = (): MailSource => fileSource(path instanceof URL ? path : checkText("path", path));
    return await this.#session.send(open, options);
  }

  /**
   * The same as {@linkcode Client.sendFile}, by the name that the specification's example uses.
   *
   * @param path The file, with a whole message (RFC 5322). A relative path is relative to the working directory.
   * @param options The envelope, and what goes with it.
   * @returns What became of the message, for each recipient.
   * @throws {SendError} If it was not sent, or that is not known.
   * @throws {Error} As {@linkcode Client.sendFile}.
   */
  async send(path: string | URL, options: SendOptions = {}): Promise<SendReport> {
    return await this.sendFile(path, options);
  }

  /**
   * Sends a message from a stream, which is read while it is sent: it may be of any size. A stream that has been begun and
   * is not read to its end is cancelled.
   *
   * @param stream The octets of a whole message (RFC 5322).
   * @param options The envelope, and what goes with it.
   * @returns What became of the message, for each recipient.
   * @throws {SendError} If it was not sent, or that is not known.
   * @throws {Error} As {@linkcode Client.sendMail}.
   */
  async sendStream(
    stream: ReadableStream<Uint8Array>,
    options: SendOptions = {},
  ): Promise<SendReport> {
    return await this.#session.send(() => streamSource(stream), options);
  }

  /**
   * Sends a message. Its line ends go out as CRLF, its Bcc fields do not go out, 8-bit bodies are encoded where the server
   * does not offer 8BITMIME, and nothing else of it is changed.
   *
   * @param mail The message.
   * @param options The envelope, and what goes with it.
   * @returns What became of the message, for each recipient. At least one was accepted.
   * @throws {SendError} If it was not sent, or that is not known.
   * @throws {SmtpError} Kind `unsupported` if the server does not offer what the message or an option needs, `aborted` if the
   * signal fires before anything is sent; or as the connection has ended since the last call.
   * @throws {TypeError} If the mail, the envelope or an address in the header is none.
   * @throws {RangeError} If the header is too long.
   * @throws {Error} If the client is not connected, or has not authenticated though it should.
   */
  async sendMail(mail: Mail, options: SendOptions = {}): Promise<SendReport> {
    return await this.#session.send(() => mailSource(mail), options);
  }

  /**
   * Asks the server whether it knows a name (VRFY). Most servers do not say.
   *
   * @param name A name of a user, or an address in angle brackets.
   * @param options What may end it.
   * @returns The whole reply, a refusal too, such as `"252 2.5.0 …"`.
   * @throws {TypeError} If the name is empty, or holds a control character.
   * @throws {SmtpError} Kind `unsupported` if it is not ASCII and the server does not offer SMTPUTF8; else if the connection ends.
   * @throws {Error} If the client is not connected.
   */
  async verify(name: string, options: CallOptions = {}): Promise<string> {
    return await this.#session.verify(name, options);
  }

  /**
   * Says goodbye to the server and closes the connection. It does nothing where there is none, and a server that leaves
   * without an answer is no error.
   *
   * @param options What may cut the goodbye short.
   */
  async disconnect(options: CallOptions = {}): Promise<void> {
    await this.#session.disconnect(options);
  }

  /**
   * Lets go of everything. What is still under way is ended at once; else the server is told goodbye. Afterwards the
   * client cannot be used. Never rejects.
   */
  async free(): Promise<void> {
    await this.#session.free();
  }

  /** As {@linkcode Client.free}, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.free();
  }

  #set<K extends keyof Settings>(key: K, value: unknown): void {
    if (this.#session.fixed) {
      throw new Error(`Cannot set "${key}": the client is connected, call disconnect() first`);
    }
    this.#settings[key] = CHECKS[key](value);
  }
}
