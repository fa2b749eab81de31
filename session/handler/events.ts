/**
 * The events of a session, and what a handler script sees of the session in each.
 *
 * @module
 */

import type { PathFacts, TlsFactsForHandlers, ViaFacts } from "./facts.ts";

/** The name of an event that a handler can be set for. */
export type EventName =
  | "onConnect"
  | "onLogin"
  | "onMailFrom"
  | "onRcptTo"
  | "onReceive"
  | "onVerify"
  | "onDisconnect";

/** Every event, in the order of a session. */
export const EVENT_NAMES: readonly EventName[] = [
  "onConnect",
  "onLogin",
  "onMailFrom",
  "onRcptTo",
  "onReceive",
  "onVerify",
  "onDisconnect",
];

/** What every event tells of the session. */
export interface SessionBase {
  /** The event that is being handled. */
  readonly event: EventName;
  /** The number of the session: the same in all its events, never used twice by one server or group of servers. */
  readonly id: number;
  /** The address of the client, such as `"192.0.2.7"` or `"2001:db8::7"`; `"127.0.0.1"` on a Unix socket. */
  readonly ip: string;
  /** The port of the client; 0 on a Unix socket. */
  readonly port: number;
  /** Whether the session is encrypted. */
  readonly secure: boolean;
  /** What is known of the encryption; null while there is none. */
  readonly tls: TlsFactsForHandlers | null;
  /** What a trusted proxy or mail server in between has said of the client; null where none has. */
  readonly via: ViaFacts | null;
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
   * @param text The text; an enhanced status code (RFC 3463) at its start is used, in the class of the reply; else one is
   * chosen.
   * @throws {RangeError} If the code is not an integer from 400 to 599.
   * @throws {TypeError} If the text is no string, or holds a line break.
   */
  reject(code: number, text: string): void;
  /**
   * Refuses for now, so that the client comes again later.
   *
   * @param text The text; an enhanced status code (RFC 3463) at its start is used, in the class of the reply; else one is
   * chosen.
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
  /** How the client named itself in EHLO, HELO or LHLO; null before that. Not to be trusted. */
  readonly hello: string | null;
  /**
   * The protocol so far, as the `with` clause of a `Received` field names it, such as `"ESMTPSA"`
   * ([RFC 3848](https://www.rfc-editor.org/rfc/rfc3848), [RFC 6531, section 4.3](https://www.rfc-editor.org/rfc/rfc6531#section-4.3)).
   */
  readonly protocol: string;
  /** The name of the SASL mechanism in use; null while nobody has logged in. */
  readonly mechanism: string | null;
  /** The user name; null while nobody has logged in. */
  readonly username: string | null;
  /** The password; null where it never arrived, and while nobody has logged in. */
  readonly password: string | null;
  /** The OAuth token; null where the mechanism has none, and while nobody has logged in. */
  readonly token: string | null;
  /** The name that the client wants to act as; null where it named none. */
  readonly authzid: string | null;
}

/** The session when a client logs in. Set `authenticated`, or `secret` where the password never arrives. */
export interface LoginSession extends GreetedSession {
  /** The event that is being handled. */
  readonly event: "onLogin";
  /** The name of the SASL mechanism in use. */
  readonly mechanism: string;
  /**
   * The user name. With OAUTHBEARER and EXTERNAL it is whom the client wants to act as, empty where it did not say: check that
   * the token, or the certificate in `tls`, is that account's.
   */
  readonly username: string;
  /** Whether the credentials hold; undefined until it is set. */
  authenticated: boolean;
  /**
   * What the server shall compare with, where the mechanism does not send the password: the password; or, for SCRAM, the
   * stored key that `createStoredKey()` of `@infinity/smtp/server` has made of it
   * ([RFC 5803](https://www.rfc-editor.org/rfc/rfc5803)). Null until it is set.
   *
   * The client has proved nothing by then, and what is noted in `state` stays there where it fails: who is logged in is what
   * `username` says in a later event.
   */
  secret: string | null;
}

/** The session when a client names the sender of a message. */
export interface MailFromSession extends GreetedSession, Acceptable {
  /** The event that is being handled. */
  readonly event: "onMailFrom";
  /** The address of the sender; empty for the null reverse-path `<>`. */
  readonly address: string;
  /**
   * The ESMTP parameters of the command, by keyword in upper case; true for one without a value. They were checked, and each
   * is in one form: xtext is decoded, words are in upper case, dates in UTC.
   *
   * | keyword | value |
   * | --- | --- |
   * | `SIZE` | octets, 1 to 20 digits |
   * | `BODY` | `7BIT`, `8BITMIME` or `BINARYMIME` |
   * | `AUTH` | who submitted the message: a mailbox, or `<>`; always `<>` where nobody has logged in |
   * | `SMTPUTF8`, `REQUIRETLS` | true |
   * | `RET` | `FULL` or `HDRS` |
   * | `ENVID` | printable ASCII, decoded |
   * | `BY` | seconds and mode, such as `3600;R`, `-5;NT` |
   * | `MT-PRIORITY` | `-9` to `9` |
   * | `HOLDFOR` | seconds |
   * | `HOLDUNTIL` | such as `2026-01-31T23:59:59Z` |
   */
  readonly params: Readonly<Record<string, string | true>>;
}

/** The session when a client names a recipient of a message. */
export interface RcptToSession extends GreetedSession, Acceptable {
  /** The event that is being handled. */
  readonly event: "onRcptTo";
  /** The address of the recipient. */
  readonly address: string;
  /**
   * The ESMTP parameters of the command, by keyword in upper case, checked and in one form.
   *
   * | keyword | value |
   * | --- | --- |
   * | `NOTIFY` | `NEVER`, or some of `SUCCESS`, `FAILURE` and `DELAY` with commas between them |
   * | `ORCPT` | type and address, decoded, such as `rfc822;ada@example.org`, `utf-8;josé@example.org` |
   */
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
  /**
   * Refuses the message with a reply of the handler's own; see {@linkcode RefusableSession.reject}.
   *
   * @param code The reply code, 400 to 599.
   * @param text The text.
   * @param recipient Refuses it for one recipient alone, by the index in `rcptTo`. In LMTP only, where each recipient gets
   * a reply ([RFC 2033, section 4.2](https://www.rfc-editor.org/rfc/rfc2033#section-4.2)).
   * @throws {RangeError} If the code is not an integer from 400 to 599, or there is no such recipient.
   * @throws {TypeError} If the text is no string, or holds a line break; or if a recipient is given, and the protocol is
   * not LMTP.
   */
  reject(code: number, text: string, recipient?: number): void;
  /**
   * Refuses the message for now; see {@linkcode RefusableSession.defer}.
   *
   * @param text The text.
   * @param recipient As with `reject()`.
   * @throws {RangeError} If there is no such recipient.
   * @throws {TypeError} As with `reject()`.
   */
  defer(text: string, recipient?: number): void;
}

/**
 * The session when a client asks for a name (VRFY, [RFC 5321, section 3.5](https://www.rfc-editor.org/rfc/rfc5321#section-3.5)).
 * Unless the handler says more, the answer is 252, which says nothing.
 */
export interface VerifySession extends GreetedSession, Acceptable {
  /** The event that is being handled. */
  readonly event: "onVerify";
  /** What the client asks for: the name of a user, or a mailbox. */
  readonly name: string;
  /** Whether the client can read an answer outside ASCII (RFC 6531 section 3.7.4.2). */
  readonly utf8: boolean;
  /**
   * The mailboxes that the name stands for, such as `["Ada <ada@example.org>", "ada@example.org"]`: one is answered by 250,
   * several by 553, since the name is ambiguous. None, and `accept` not false: 252. At most 100, without line breaks. One
   * outside ASCII is told where `utf8` is true, else the answer is 252 too.
   */
  matches: readonly string[];
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
  /** A client asks for a name. */
  onVerify: VerifySession;
  /** A session has ended. */
  onDisconnect: DisconnectSession;
}
