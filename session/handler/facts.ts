/**
 * What the server tells a handler, and what it gets back: plain data that crosses to a worker as it is.
 *
 * @module
 */

/** A sender or a recipient, with the ESMTP parameters that came with it. */
export interface PathFacts {
  /** The address; empty for the null reverse-path `<>`. */
  readonly address: string;
  /** The parameters, by keyword in upper case; true for one without a value. */
  readonly params: Readonly<Record<string, string | true>>;
}

/** The certificate of a client. Its strings are the client's own: data, not to be trusted. */
export interface CertificateFacts {
  /** Whom it names. */
  readonly subject: string;
  /** Who issued it. */
  readonly issuer: string;
  /** The alternative names, such as `"DNS:mail.example.com"`. */
  readonly subjectAltName: string;
  /** The SHA-256 of the certificate, in hexadecimal with colons. */
  readonly fingerprint256: string;
  /** From when it holds. */
  readonly validFrom: string;
  /** Until when it holds. */
  readonly validTo: string;
  /** The certificate itself (DER). */
  readonly raw: Uint8Array;
}

/** What a handler is told of the encryption of its session. */
export interface TlsFactsForHandlers {
  /** The version, such as `"TLSv1.3"`. */
  readonly protocol: string;
  /** The cipher suite. */
  readonly cipher: string;
  /** The server name that the client asked for; null where it named none. */
  readonly servername: string | null;
  /** The protocol agreed on by ALPN, such as `"smtp"`; null where none was. */
  readonly alpn: string | null;
  /** Whether the client showed a certificate that was verified. */
  readonly authorized: boolean;
  /** Why the certificate was not verified; null where it was. */
  readonly authorizationError: string | null;
  /** The certificate of the client; null where it showed none. */
  readonly peerCertificate: CertificateFacts | null;
}

/**
 * Takes what handlers are told of a session's encryption, and leaves what only the ends need, such as the channel binding.
 *
 * @param tls All that is known.
 * @returns What crosses to a worker.
 */
export function tlsForHandlers(tls: TlsFactsForHandlers): TlsFactsForHandlers {
  const { protocol, cipher, servername, alpn, authorized, authorizationError, peerCertificate } =
    tls;
  return { protocol, cipher, servername, alpn, authorized, authorizationError, peerCertificate };
}

/** What a proxy has said in its header ([PROXY protocol](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt)). */
export interface ProxyFacts {
  /** The version of the header. */
  readonly version: 1 | 2;
  /** The proxy itself. */
  readonly remote: EndpointFacts;
  /** Where the client reached the proxy; null where the header did not say. */
  readonly local: EndpointFacts | null;
  /** What else the header held (version 2), in its order. */
  readonly tlvs: readonly ProxyTlv[];
}

/** An address with its port. */
export interface EndpointFacts {
  /** The IP address. */
  readonly ip: string;
  /** The port. */
  readonly port: number;
}

/** One item of a PROXY header of version 2. */
export interface ProxyTlv {
  /** The type, 0 to 255. */
  readonly type: number;
  /** The value, in base64. */
  readonly value: string;
}

/** What trusted peers in between have said of a client. */
export interface ViaFacts {
  /** What a proxy has said; null where none did. */
  readonly proxy: ProxyFacts | null;
  /** The attributes of XCLIENT, decoded, by their name in upper case; null where it did not come. */
  readonly xclient: Readonly<Record<string, string>> | null;
  /** The attributes of XFORWARD, decoded, by their name in upper case; null where it did not come. */
  readonly xforward: Readonly<Record<string, string>> | null;
}

/** A refusal in a handler's own words. */
export interface Refusal {
  /** The reply code, 400 to 599. */
  readonly code: number;
  /** The text, one line. */
  readonly text: string;
}

/** Everything about one event that the server knows. Plain data. */
export interface SessionFacts {
  /** The number of the session. */
  readonly id: number;
  /** The address of the client. */
  readonly ip: string;
  /** The port of the client. */
  readonly port: number;
  /** Whether the session is encrypted. */
  readonly secure: boolean;
  /** What is known of the encryption; null while there is none. */
  readonly tls: TlsFactsForHandlers | null;
  /** What trusted peers in between have said of the client; null where none did. */
  readonly via: ViaFacts | null;
  /** How the client named itself; null before that. */
  readonly hello: string | null;
  /** The protocol, as `Received` names it (RFC 3848). */
  readonly protocol: string;
  /** The SASL mechanism; null where none is in use. */
  readonly mechanism: string | null;
  /** The user name; null while nobody has logged in. */
  readonly username: string | null;
  /** The password; null where it never arrived. */
  readonly password: string | null;
  /** The OAuth token; null where there is none. */
  readonly token: string | null;
  /** The name that the client wants to act as; null where it named none. */
  readonly authzid: string | null;
  /** The address that the event is about, the name for `onVerify`; null where it is about none, and for `<>`. */
  readonly address: string | null;
  /** The ESMTP parameters of that address. */
  readonly params: Readonly<Record<string, string | true>>;
  /** The sender; null outside of a transaction. */
  readonly mailFrom: PathFacts | null;
  /** The recipients of the message, for `onReceive`; else empty. */
  readonly rcptTo: readonly PathFacts[];
  /** What earlier handlers of the session have left. */
  readonly state: Record<string, unknown>;
  /**
   * The message in pieces, for `onReceive`; else null. Each begins a buffer that it shares with no other. There is at
   * least one piece, until the handler has ended: then the list is empty, as the buffers are used again. Those of a
   * large message are moved to the worker.
   */
  readonly body: Uint8Array[] | null;
}

/** What became of one event. */
export interface Answer {
  /** The verdict; null: none was set. */
  readonly verdict: boolean | null;
  /** A refusal in the handler's own words; null: none. */
  readonly reply: Refusal | null;
  /** In LMTP, the refusal of each recipient, null for one that is not refused by itself; null: none is. */
  readonly recipients: readonly (Refusal | null)[] | null;
  /** What a name stands for, for `onVerify`; null: nothing was said. */
  readonly matches: readonly string[] | null;
  /** Whether the handler wants the session to end. */
  readonly disconnect: boolean;
  /** The password to compare with, where the mechanism does not send it; null: none. */
  readonly secret: string | null;
  /** What the session remembers from now on; null: what it did before. */
  readonly state: Record<string, unknown> | null;
  /** Why there is no answer, for the log: thrown, late, crashed, did not fit; null: there is one. */
  readonly fault: string | null;
}

/**
 * Makes the answer of an event that failed.
 *
 * @param fault Why, for the log.
 * @returns The answer: no verdict, and the fault.
 */
export function faultAnswer(fault: string): Answer {
  return { ...plainAnswer(null), fault };
}

/**
 * Makes the answer of most events: a verdict, and nothing else.
 *
 * @param verdict The verdict; null: none was set.
 * @returns The answer.
 */
export function plainAnswer(verdict: boolean | null): Answer {
  return {
    verdict,
    reply: null,
    recipients: null,
    matches: null,
    disconnect: false,
    secret: null,
    state: null,
    fault: null,
  };
}
