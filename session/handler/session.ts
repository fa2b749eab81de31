/**
 * The session as a handler sees it: one object for function handlers, modules and plain scripts alike.
 *
 * @module
 */

import { checkSecret, checkVerdict, replyCode, replyText, UNSET } from "./answer_checks.ts";
import { decodeMessage, joinBody } from "./body.ts";
import type { EventName, EventSessions } from "./events.ts";
import type { Answer, PathFacts, SessionFacts, TlsFactsForHandlers } from "./facts.ts";
import { formatState, parseState } from "./state.ts";

export * from "./events.ts";
export * from "./facts.ts";

/** Takes the pieces of a message that are not needed any more. */
export type Dispose = (pieces: readonly Uint8Array[]) => void;

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
  readonly #dispose: Dispose | null;
  #accept: unknown = UNSET;
  #authenticated: unknown = UNSET;
  #received: unknown = UNSET;
  #receive: unknown = UNSET;
  #secret: unknown = null;
  #reply: Answer["reply"] = null;
  #disconnect = false;
  #state: Record<string, unknown> | null = null;
  #stateText = "";
  #raw: Uint8Array | null = null;
  #msg: string | null = null;

  constructor(event: EventName, facts: SessionFacts, dispose: Dispose | null) {
    this.#event = event;
    this.#facts = facts;
    this.#dispose = dispose;
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
  get hello(): string | null {
    return this.#facts.hello;
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
  get address(): string {
    return this.#facts.address ?? "";
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
    if (this.#raw === null) {
      const { body } = this.#facts;
      if (body !== null && body.length === 0) {
        throw new Error(
          'Cannot read the message: its handler has ended; read "raw" or "msg" before it does',
        );
      }
      this.#raw = joinBody(body ?? []);
      this.#dropBody();
    }
    return this.#raw;
  }

  get msg(): string {
    this.#msg ??= decodeMessage(this.raw);
    return this.#msg;
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

  disconnect(): void {
    this.#disconnect = true;
  }

  reject(code: number, text: string): void {
    this.#reply = { code: replyCode("reject", code), text: replyText("reject", text) };
  }

  defer(text: string): void {
    this.#reply = { code: deferCode(this.#event), text: replyText("defer", text) };
  }

  /** Takes the answer of a session; static, so that the handler has no such method. */
  static settle(session: HandlerSession, fault: string | undefined): Answer {
    session.#dropBody();
    const disconnect = session.#disconnect;
    let verdict: boolean | null = null;
    let state: Answer["state"] = null;
    if (fault === undefined) {
      try {
        verdict = session.#verdict();
        state = session.#changedState();
        checkSecret(session.#secret);
      } catch (error) {
        fault = error instanceof Error ? error.message : "the answer does not fit";
      }
    }
    if (fault !== undefined) {
      return { verdict: null, reply: null, disconnect, secret: null, state: null, fault };
    }
    const reply = session.#reply;
    if (reply !== null) verdict = false;
    return {
      verdict,
      reply,
      disconnect,
      secret: session.#secret as string | null,
      state,
      fault: null,
    };
  }

  /** From here on the pieces are used again, or gone. */
  #dropBody(): void {
    const { body } = this.#facts;
    if (body === null) return;
    this.#dispose?.(body);
    body.length = 0;
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
