/**
 * Where one session stands: what the commands read and change. It holds no socket.
 *
 * @module
 */

import { Envelope, type EnvelopeAddress } from "../../session/envelope.ts";
import type { Answer, EventName, SessionFacts, ViaFacts } from "../../session/handler/session.ts";
import { type TlsFactsForHandlers, tlsForHandlers } from "../../session/handler/facts.ts";
import { Phase } from "../../session/phase.ts";
import type { TlsFacts } from "../../session/transport/channel.ts";
import { isLoopback } from "../../session/transport/loopback.ts";
import { UNAVAILABLE } from "../../session/wire/attributes.ts";
import { transmissionType } from "../../session/transmission.ts";
import { addressLiteral } from "../network/addresses.ts";
import type { Peer, Service } from "../service.ts";
import type { SessionTelemetry } from "../telemetry/session.ts";
import { traceVerdict } from "./tracing.ts";
import { isTrusted } from "../network/trust.ts";
import { whenDone } from "./when_done.ts";

/** Who is logged in. */
export interface LoggedIn {
  /** The SASL mechanism. */
  readonly mechanism: string;
  /** The name that was accepted. */
  readonly username: string;
  /** The password, as the specification keeps it for the later handlers; null where it never arrived. */
  readonly password: string | null;
  /** The OAuth token, likewise; null where there was none. */
  readonly token: string | null;
  /** The name that the client wanted to act as; null where it named none. */
  readonly authzid: string | null;
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
  /** The domains of all recipients that were accepted, in lower case; kept where the server limits their number. */
  domains: Set<string> | null = null;
  /** How many transactions were begun. */
  transactions = 0;
  /** How many logins were refused. */
  failedLogins = 0;
  /** The open transaction, or an empty envelope. */
  envelope: Envelope = new Envelope();
  /** The handlers' own data, as they left it. */
  state: Record<string, unknown>;
  readonly #telemetry: SessionTelemetry | null;
  readonly #tlsForHandlers: TlsFactsForHandlers | null;

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
    this.#tlsForHandlers = tls && tlsForHandlers(tls);
    this.state = state;
    this.#telemetry = telemetry;
  }

  /** What trusted peers in between have said of the client; null where none did. */
  get via(): ViaFacts | null {
    const { proxy = null, xclient } = this.peer;
    const { xforward } = this.envelope;
    if (proxy === null && xclient === undefined && xforward === null) return null;
    return { proxy, xclient: xclient?.attributes ?? null, xforward };
  }

  /** The name that the server goes by here. */
  get serverName(): string {
    return this.service.options.name ?? addressLiteral(this.peer.local.ip);
  }

  /** Whether MAIL was accepted, and the transaction has not ended. */
  get inTransaction(): boolean {
    const { phase } = this;
    return phase === Phase.mail || phase === Phase.rcpt || phase === Phase.chunks;
  }

  /** The protocol, as `Received` names it (RFC 3848). */
  get protocol(): string {
    return transmissionType({
      lmtp: this.service.options.protocol === "lmtp",
      extended: this.extended,
      secure: this.tls !== null,
      authenticated: this.login !== null,
      utf8: this.envelope.mailFrom?.params.SMTPUTF8 === true,
    });
  }

  /** Whether the message of the open transaction may hold any octets (RFC 3030 section 3). */
  get binary(): boolean {
    return this.envelope.mailFrom?.params.BODY === "BINARYMIME";
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
   * Whether the peer is believed when it speaks for a client.
   *
   * @param command By which command.
   * @returns Whether its network is listed; what it says by XCLIENT itself does not count.
   */
  trusts(command: "xclient" | "xforward"): boolean {
    const { remote } = this.peer.xclient?.by ?? this.peer;
    return isTrusted(remote.ip, this.service.options.trust[command]);
  }

  /**
   * Begins again with another peer, as far as TLS allows.
   *
   * @param peer The peer.
   * @returns A session that knows nothing of this one but TLS.
   */
  restart(peer: Peer): Conversation {
    return new Conversation(this.service, peer, this.tls, {}, this.#telemetry);
  }

  /**
   * Takes the client's name, and forgets the open transaction (RFC 5321 section 4.1.4).
   *
   * @param name The name.
   * @param extended Whether it came by EHLO.
   */
  greet(name: string, extended: boolean): void {
    const said = this.peer.xclient?.attributes.HELO;
    this.hello = said === undefined || said === UNAVAILABLE ? name : said;
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
      tls: this.#tlsForHandlers,
      via: this.via,
      hello: this.hello,
      protocol: this.protocol,
      mechanism: login?.mechanism ?? null,
      username: login?.username ?? null,
      password: login?.password ?? null,
      token: login?.token ?? null,
      authzid: login?.authzid ?? null,
      address: about?.address ?? null,
      params: about?.params ?? {},
      mailFrom: this.envelope.mailFrom,
      rcptTo: event === "onReceive" ? this.envelope.rcptTo : [],
      state: this.state,
      body,
    };
  }
}
