/**
 * Where one session stands: what the commands read and change. It holds no socket.
 *
 * @module
 */

import { Envelope, type EnvelopeAddress } from "../session/envelope.ts";
import type { Answer, EventName, SessionFacts } from "../session/handler/session.ts";
import { Phase } from "../session/phase.ts";
import type { TlsFacts } from "../session/transport/channel.ts";
import { isLoopback } from "../session/transport/loopback.ts";
import { addressLiteral } from "./addresses.ts";
import type { Peer, Service } from "./service.ts";
import type { SessionTelemetry } from "./telemetry/session.ts";
import { traceVerdict } from "./tracing.ts";
import { whenDone } from "./outcome.ts";

/** Who is logged in. */
export interface LoggedIn {
  /** The SASL mechanism. */
  readonly mechanism: string;
  /** The name that was accepted. */
  readonly username: string;
  /** The password, as the specification keeps it for the later handlers; null where it never arrived. */
  readonly password: string | null;
}

/** One session. After STARTTLS a new one takes its place, which knows nothing of the old (RFC 3207 section 4.2). */
export class Conversation {
  /** The server. */
  readonly service: Service;
  /** Who is at the other end. */
  readonly peer: Peer;
  /** The TLS session; null in clear. */
  readonly tls: TlsFacts | null;
  /** How far the session has come. */
  phase: Phase = Phase.connected;
  /** The name of the client's EHLO or HELO. */
  hello: string | null = null;
  /** Whether the client said EHLO. */
  extended = false;
  /** Who is logged in. */
  login: LoggedIn | null = null;
  /** How many logins were refused. */
  failedLogins = 0;
  /** The open transaction, or an empty envelope. */
  envelope: Envelope = new Envelope();
  /** The handlers' own data, as they left it. */
  state: Record<string, unknown>;
  readonly #telemetry: SessionTelemetry | null;

  /**
   * Begins a session.
   *
   * @param service The server.
   * @param peer Who is at the other end.
   * @param tls The TLS session; null in clear.
   * @param state The handlers' data to begin with.
   * @param telemetry What watches the connection; null: nothing does.
   */
  constructor(
    service: Service,
    peer: Peer,
    tls: TlsFacts | null,
    state: Record<string, unknown> = {},
    telemetry: SessionTelemetry | null = null,
  ) {
    this.service = service;
    this.peer = peer;
    this.tls = tls;
    this.state = state;
    this.#telemetry = telemetry;
  }

  /** The name that the server goes by here. */
  get serverName(): string {
    return this.service.options.name ?? addressLiteral(this.peer.local.ip);
  }

  /** Whether STARTTLS can be had. */
  get offersTls(): boolean {
    return this.service.tls !== null && this.tls === null;
  }

  /** Whether this client may log in as the connection is. */
  get mayLogin(): boolean {
    if (this.tls !== null) return true;
    const { insecureAuth } = this.service.options;
    return insecureAuth === "always" ||
      (insecureAuth === "loopback" && isLoopback(this.peer.remote.ip));
  }

  /**
   * Takes the client's name, and forgets the open transaction (RFC 5321 section 4.1.4).
   *
   * @param name The name.
   * @param extended Whether it came by EHLO.
   */
  greet(name: string, extended: boolean): void {
    this.hello = name;
    this.extended = extended;
    this.endTransaction();
  }

  /** Ends the open transaction, however it ended. What comes next starts from an empty envelope. */
  endTransaction(): void {
    this.envelope = new Envelope();
    if (this.hello !== null) this.phase = Phase.ready;
  }

  /**
   * Whether there is a handler for an event.
   *
   * @param event The event.
   * @returns Whether it can be asked.
   */
  handles(event: EventName): boolean {
    return this.service.handlers.has(event);
  }

  /**
   * Asks a handler, and keeps the state that it leaves.
   *
   * @param event The event; there must be a handler for it.
   * @param about The address that it is about, or null.
   * @param login The login under way, where it is one.
   * @param body The message, where it is one; its buffers may be gone afterwards.
   * @returns The answer.
   */
  ask(
    event: EventName,
    about: EnvelopeAddress | null = null,
    login: LoggedIn | null = this.login,
    body: Uint8Array[] | null = null,
  ): Answer | Promise<Answer> {
    const facts = this.#facts(event, about, login, body);
    const { handlers } = this.service;
    const asked = this.#telemetry?.ask(event, () => handlers.run(event, facts)) ??
      handlers.run(event, facts);
    return whenDone(asked, (answer) => {
      if (answer.state !== null) this.state = answer.state;
      traceVerdict(this.service, this.peer.id, event, answer);
      return answer;
    });
  }

  /** A message's recipients go to the receive handler alone: sent with each RCPT they would cost the square of their number. */
  #facts(
    event: EventName,
    about: EnvelopeAddress | null,
    login: LoggedIn | null,
    body: Uint8Array[] | null,
  ): SessionFacts {
    return {
      id: this.peer.id,
      ip: this.peer.remote.ip,
      port: this.peer.remote.port,
      secure: this.tls !== null,
      tls: this.tls,
      hello: this.hello,
      mechanism: login?.mechanism ?? null,
      username: login?.username ?? null,
      password: login?.password ?? null,
      address: about?.address ?? null,
      params: about?.params ?? {},
      mailFrom: this.envelope.mailFrom,
      rcptTo: event === "onReceive" ? this.envelope.rcptTo : [],
      state: this.state,
      body,
    };
  }
}
