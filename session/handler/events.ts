/**
 * The events of a session, and what a handler script sees of the session in each.
 *
 * @module
 */

import type { PathFacts, TlsFactsForHandlers } from "./facts.ts";

/** The name of an event that a handler can be set for. */
export type EventName =
  | "onConnect"
  | "onLogin"
  | "onMailFrom"
  | "onRcptTo"
  | "onReceive"
  | "onDisconnect";

/** Every event, in the order of a session. */
export const EVENT_NAMES: readonly EventName[] = [
  "onConnect",
  "onLogin",
  "onMailFrom",
  "onRcptTo",
  "onReceive",
  "onDisconnect",
];

/** What every event tells of the session. */
export interface SessionBase {
  /** The event that is being handled. */
  readonly event: EventName;
  /** The number of the session: the same in all its events, never used twice by one server or group of servers. */
  readonly id: number;
  /** The address of the client, such as `"192.0.2.7"` or `"2001:db8::7"`. */
  readonly ip: string;
  /** The port of the client. */
  readonly port: number;
  /** Whether the session is encrypted. */
  readonly secure: boolean;
  /** What is known of the encryption; null while there is none. */
  readonly tls: TlsFactsForHandlers | null;
  /**
   * A place for what handlers want to remember until the session ends. It holds plain data as JSON does,
   * up to 65,536 octets of it. What a handler changed is kept when it settles without a fault.
   */
  readonly state: Record<string, unknown>;
}

/** What a handler whose event has an answer can do beside setting its verdict. */
export interface RefusableSession extends SessionBase {
  /** Ends the session, once the reply to this event has been sent. */
  disconnect(): void;
  /**
   * Refuses with a reply of the handler's own. Wins over a verdict that was set.
   *
   * @param code The reply code, 400 to 599.
   * @param text The text; an enhanced status code (RFC 3463) at its start is used, else one is chosen.
   * @throws {RangeError} If the code is not an integer from 400 to 599.
   * @throws {TypeError} If the text is no string, or holds a line break.
   */
  reject(code: number, text: string): void;
  /**
   * Refuses for now, so that the client comes again later.
   *
   * @param text The text; an enhanced status code (RFC 3463) at its start is used, else one is chosen.
   * @throws {TypeError} If the text is no string, or holds a line break.
   */
  defer(text: string): void;
}

/** A verdict named `accept`. */
export interface Acceptable {
  /** Whether to go on; undefined until it is set. */
  accept: boolean;
}

/** The session when a client has connected. Unless `accept` is set to false, it goes on. */
export interface ConnectSession extends RefusableSession, Acceptable {
  /** The event that is being handled. */
  readonly event: "onConnect";
}

/** What is known of a session once the client has said hello. */
export interface GreetedSession extends RefusableSession {
  /** How the client named itself in EHLO or HELO; null before that. Not to be trusted. */
  readonly hello: string | null;
  /** The name of the SASL mechanism in use; null while nobody has logged in. */
  readonly mechanism: string | null;
  /** The user name; null while nobody has logged in. */
  readonly username: string | null;
  /** The password; null where it never arrived, and while nobody has logged in. */
  readonly password: string | null;
}

/** The session when a client logs in. Set `authenticated`, or `secret` where the password never arrives. */
export interface LoginSession extends GreetedSession {
  /** The event that is being handled. */
  readonly event: "onLogin";
  /** The name of the SASL mechanism in use. */
  readonly mechanism: string;
  /** The user name. */
  readonly username: string;
  /** Whether the credentials hold; undefined until it is set. */
  authenticated: boolean;
  /** The password that the server shall compare with, where the mechanism does not send it; null until it is set. */
  secret: string | null;
}

/** The session when a client names the sender of a message. */
export interface MailFromSession extends GreetedSession, Acceptable {
  /** The event that is being handled. */
  readonly event: "onMailFrom";
  /** The address of the sender; empty for the null reverse-path `<>`. */
  readonly address: string;
  /** The ESMTP parameters of the command, by keyword in upper case; true for one without a value. */
  readonly params: Readonly<Record<string, string | true>>;
}

/** The session when a client names a recipient of a message. */
export interface RcptToSession extends GreetedSession, Acceptable {
  /** The event that is being handled. */
  readonly event: "onRcptTo";
  /** The address of the recipient. */
  readonly address: string;
  /** The ESMTP parameters of the command, by keyword in upper case; true for one without a value. */
  readonly params: Readonly<Record<string, string | true>>;
  /** The sender, with its parameters. */
  readonly mailFrom: PathFacts;
}

/** The session when a message has arrived. `250` is sent once `received` is true and the handler has settled. */
export interface ReceiveSession extends GreetedSession {
  /** The event that is being handled. */
  readonly event: "onReceive";
  /** The sender, with its parameters. */
  readonly mailFrom: PathFacts;
  /** The recipients, with their parameters. */
  readonly rcptTo: readonly PathFacts[];
  /**
   * The message as text: UTF-8 where all of it is valid UTF-8, else one character for each octet. Once read it is the
   * handler's own; to read it for the first time after the handler has settled throws an `Error`.
   */
  readonly msg: string;
  /** The message, octet for octet; see {@linkcode ReceiveSession.msg} for how long it can be read. */
  readonly raw: Uint8Array;
  /** Whether the message is now the handler's to keep; undefined until it is set. */
  received: boolean;
  /** The same as `received`; where the two differ, false wins. */
  receive: boolean;
}

/** The session when it has ended. There is nothing left to answer. */
export interface DisconnectSession extends SessionBase {
  /** The event that is being handled. */
  readonly event: "onDisconnect";
  /** How the client named itself in EHLO or HELO; null where it never did. Not to be trusted. */
  readonly hello: string | null;
  /** The name of the SASL mechanism that was used; null where nobody has logged in. */
  readonly mechanism: string | null;
  /** The user name; null where nobody has logged in. */
  readonly username: string | null;
  /** The password; null where it never arrived, and where nobody has logged in. */
  readonly password: string | null;
  /** Does nothing: the session has ended. It is there so that a script for every event may call it. */
  disconnect(): void;
}

/** The type of the session in each event. */
export interface EventSessions {
  /** A client has connected. */
  onConnect: ConnectSession;
  /** A client logs in. */
  onLogin: LoginSession;
  /** A client names the sender of a message. */
  onMailFrom: MailFromSession;
  /** A client names a recipient of a message. */
  onRcptTo: RcptToSession;
  /** A message has arrived. */
  onReceive: ReceiveSession;
  /** A session has ended. */
  onDisconnect: DisconnectSession;
}
