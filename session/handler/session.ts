/**
 * The session as a handler sees it: one object for function handlers, modules and plain scripts alike.
 *
 * @module
 */

import {
  checkMatches,
  checkSecret,
  checkVerdict,
  recipientIndex,
  replyCode,
  replyText,
  UNSET,
} from "./answer_checks.ts";
import { type Dispose, HandlerBody } from "./body.ts";
import type { EventName, EventSessions } from "./events.ts";
import {
  type Answer,
  faultAnswer,
  type PathFacts,
  type Refusal,
  type SessionFacts,
  type TlsFactsForHandlers,
  type ViaFacts,
} from "./facts.ts";
import { formatState, parseState } from "./state.ts";

export * from "./events.ts";
export * from "./facts.ts";

/** A session for one event, and the way to take its answer. */
export interface SessionCall<E extends EventName> {
  /** What the handler gets. */
  readonly session: EventSessions[E];
  /**
   * Takes the answer, once the handler has settled.
   *
   * @param fault Why the handler failed, where it did.
   * @returns The answer; a fault too where what the handler set does not fit.
   */
  settle(fault?: string): Answer;
}

/**
 * Makes the session for one event.
 *
 * @param event The event.
 * @param facts What is known. Its list of pieces is emptied once they are not needed any more.
 * @param dispose Told of the pieces just before.
 * @returns The session, and the way to take its answer.
 */
export function createSession<E extends EventName>(
  event: E,
  facts: SessionFacts,
  dispose: Dispose | null = null,
): SessionCall<E> {
  const session = new HandlerSession(event, facts, dispose);
  return {
    session: session as unknown as EventSessions[E],
    settle: (fault) => HandlerSession.settle(session, fault),
  };
}

/** The object behind every session type. What a type does not show in an event is null or without effect there. */
class HandlerSession {
  readonly #event: EventName;
  readonly #facts: SessionFacts;
  readonly #body: HandlerBody | null;
  #accept: unknown = UNSET;
  #authenticated: unknown = UNSET;
  #received: unknown = UNSET;
  #receive: unknown = UNSET;
  #secret: unknown = null;
  #matches: unknown = [];
  #reply: Refusal | null = null;
  #recipients: (Refusal | null)[] | null = null;
  #disconnect = false;
  #state: Record<string, unknown> | null = null;
  #stateText = "";

  constructor(event: EventName, facts: SessionFacts, dispose: Dispose | null) {
    this.#event = event;
    this.#facts = facts;
    this.#body = facts.body && new HandlerBody(facts.body, dispose);
  }

  get event(): EventName {
    return this.#event;
  }
  get id(): number {
    return this.#facts.id;
  }
  get ip(): string {
    return this.#facts.ip;
  }
  get port(): number {
    return this.#facts.port;
  }
  get secure(): boolean {
    return this.#facts.secure;
  }
  get tls(): TlsFactsForHandlers | null {
    return this.#facts.tls;
  }
  get via(): ViaFacts | null {
    return this.#facts.via;
  }
  get hello(): string | null {
    return this.#facts.hello;
  }
  get protocol(): string {
    return this.#facts.protocol;
  }
  get mechanism(): string | null {
    return this.#facts.mechanism;
  }
  get username(): string | null {
    return this.#facts.username;
  }
  get password(): string | null {
    return this.#facts.password;
  }
  get token(): string | null {
    return this.#facts.token;
  }
  get authzid(): string | null {
    return this.#facts.authzid;
  }
  get address(): string {
    return this.#facts.address ?? "";
  }
  get name(): string {
    return this.address;
  }
  get utf8(): boolean {
    return this.#facts.params.SMTPUTF8 === true;
  }
  get params(): SessionFacts["params"] {
    return this.#facts.params;
  }
  get mailFrom(): PathFacts | null {
    return this.#facts.mailFrom;
  }
  get rcptTo(): readonly PathFacts[] {
    return this.#facts.rcptTo;
  }

  get state(): Record<string, unknown> {
    if (this.#state === null) {
      // A copy, so that a handler that fails has changed nothing.
      this.#stateText = formatState(this.#facts.state);
      this.#state = parseState(this.#stateText);
    }
    return this.#state;
  }

  get raw(): Uint8Array {
    return this.#body?.raw ?? new Uint8Array();
  }
  get msg(): string {
    return this.#body?.msg ?? "";
  }

  get accept(): unknown {
    return shown(this.#accept);
  }
  set accept(value: unknown) {
    this.#accept = value;
  }
  get authenticated(): unknown {
    return shown(this.#authenticated);
  }
  set authenticated(value: unknown) {
    this.#authenticated = value;
  }
  get received(): unknown {
    return shown(this.#received);
  }
  set received(value: unknown) {
    this.#received = value;
  }
  get receive(): unknown {
    return shown(this.#receive);
  }
  set receive(value: unknown) {
    this.#receive = value;
  }
  get secret(): unknown {
    return this.#secret;
  }
  set secret(value: unknown) {
    this.#secret = value;
  }
  get matches(): unknown {
    return this.#matches;
  }
  set matches(value: unknown) {
    this.#matches = value;
  }

  disconnect(): void {
    this.#disconnect = true;
  }

  reject(code: number, text: string, recipient?: number): void {
    const refusal = { code: replyCode("reject", code), text: replyText("reject", text) };
    this.#refuse("reject", refusal, recipient);
  }

  defer(text: string, recipient?: number): void {
    const refusal = { code: deferCode(this.#event), text: replyText("defer", text) };
    this.#refuse("defer", refusal, recipient);
  }

  #refuse(action: string, refusal: Refusal, recipient: number | undefined): void {
    if (recipient === undefined) {
      this.#reply = refusal;
      return;
    }
    const { rcptTo, protocol } = this.#facts;
    const index = recipientIndex(action, recipient, rcptTo.length, protocol);
    this.#recipients ??= rcptTo.map(() => null);
    this.#recipients[index] = refusal;
  }

  /** Takes the answer of a session; static, so that the handler has no such method. */
  static settle(session: HandlerSession, fault: string | undefined): Answer {
    session.#body?.drop();
    const disconnect = session.#disconnect;
    if (fault !== undefined) return { ...faultAnswer(fault), disconnect };
    try {
      return session.#answer(disconnect);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "the answer does not fit";
      return { ...faultAnswer(reason), disconnect };
    }
  }

  #answer(disconnect: boolean): Answer {
    const verdict = this.#verdict();
    checkSecret(this.#secret);
    const reply = this.#reply;
    const refused = reply !== null || this.#recipients?.every((own) => own !== null) === true;
    return {
      verdict: refused ? false : verdict,
      reply,
      recipients: this.#recipients,
      matches: this.#event === "onVerify" ? checkMatches(this.#matches) : null,
      disconnect,
      secret: this.#secret as string | null,
      state: this.#changedState(),
      fault: null,
    };
  }

  #verdict(): boolean | null {
    switch (this.#event) {
      case "onLogin":
        return checkVerdict("authenticated", this.#authenticated);
      case "onReceive": {
        const received = checkVerdict("received", this.#received);
        const receive = checkVerdict("receive", this.#receive);
        return received === null || receive === false ? receive : received;
      }
      case "onDisconnect":
        return null;
      default:
        return checkVerdict("accept", this.#accept);
    }
  }

  #changedState(): Answer["state"] {
    if (this.#state === null) return null;
    const text = formatState(this.#state);
    return text === this.#stateText ? null : parseState(text);
  }
}

function shown(verdict: unknown): unknown {
  return verdict === UNSET ? undefined : verdict;
}

/** Whether an event answers `421`, `454` or `451` by default when it is deferred (RFC 5321 3.1, RFC 4954 6). */
function deferCode(event: EventName): number {
  if (event === "onConnect") return 421;
  return event === "onLogin" ? 454 : 451;
}
