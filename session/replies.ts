/**
 * Every reply that the server can utter, once, by name.
 *
 * @module
 */

import { concat } from "./wire/bytes.ts";
import { encodeReply, type Reply } from "./wire/reply.ts";

/** A reply with the octets that go to the wire. */
export interface Utterance extends Reply {
  /** The reply as it is sent, CRLF included. */
  readonly bytes: Uint8Array;
}

/**
 * Makes a reply that can be sent.
 *
 * @param code The reply code, 200 to 599.
 * @param enhanced The enhanced status code (RFC 3463), or null for the replies that carry none.
 * @param lines The text, one string a line; hostile characters are escaped.
 * @returns The reply and its octets.
 * @throws {TypeError} If the code is out of range, or the enhanced code of another class.
 */
export function utter(code: number, enhanced: string | null, ...lines: string[]): Utterance {
  const reply = { code, enhanced, lines };
  return Object.freeze({ ...reply, bytes: encodeReply(reply) });
}

/**
 * As {@linkcode utter}, for a client that reads UTF-8 in replies (RFC 6531 section 3.7.4.2).
 *
 * @param code The reply code, 200 to 599.
 * @param enhanced The enhanced status code (RFC 3463).
 * @param lines The text, one string a line; hostile characters are escaped.
 * @returns The reply and its octets.
 */
export function utterUtf8(code: number, enhanced: string, ...lines: string[]): Utterance {
  const reply = { code, enhanced, lines };
  return Object.freeze({ ...reply, bytes: encodeReply(reply, true) });
}

/** The fixed replies of the server. */
export const REPLIES = Object.freeze({
  bye: utter(221, "2.0.0", "Bye"),
  authenticated: utter(235, "2.7.0", "Authentication succeeded"),
  done: utter(250, "2.0.0", "OK"),
  senderAccepted: utter(250, "2.1.0", "Sender accepted"),
  recipientAccepted: utter(250, "2.1.5", "Recipient accepted"),
  chunkAccepted: utter(250, "2.0.0", "Chunk accepted"),
  messageAccepted: utter(250, "2.0.0", "Message accepted"),
  utf8AnswerNeeded: utter(
    252,
    "2.6.8",
    "Cannot tell: the answer is not ASCII, and SMTPUTF8 was not asked for",
  ),
  cannotVerify: utter(252, "2.5.0", "Cannot verify the user, but will try to deliver"),
  startTls: utter(220, "2.0.0", "Ready to start TLS"),
  startMail: utter(354, null, "Send the message, end it with <CRLF>.<CRLF>"),

  shuttingDown: utter(421, "4.3.2", "Service is shutting down, try again later"),
  tooManyConnections: utter(421, "4.3.2", "Too many connections, try again later"),
  tooManyFromYou: utter(421, "4.7.0", "Too many connections from your address, try again later"),
  tooManyErrors: utter(421, "4.7.0", "Too many errors, closing the connection"),
  tooManyLogins: utter(421, "4.7.0", "Too many failed logins, closing the connection"),
  tooManyTransactions: utter(
    421,
    "4.7.0",
    "Too many messages in one session, closing the connection",
  ),
  notSmtp: utter(421, "4.7.0", "This is an SMTP server, closing the connection"),
  timedOut: utter(421, "4.4.2", "Timed out, closing the connection"),
  noService: utter(421, "4.3.0", "No service at the moment, try again later"),
  disconnected: utter(421, "4.7.0", "Closing the connection"),

  localError: utter(451, "4.3.0", "Local error, try again later"),
  noStorage: utter(452, "4.3.1", "Too many messages under way, try again later"),
  tooManyRecipients: utter(452, "4.5.3", "Too many recipients"),
  tooManyDomains: utter(452, "4.5.3", "Too many domains of recipients"),
  loginUnavailable: utter(454, "4.7.0", "Cannot authenticate at the moment, try again later"),

  unknownCommand: utter(500, "5.5.1", "Unknown command"),
  malformedCommand: utter(500, "5.5.2", "Malformed command"),
  lineTooLong: utter(500, "5.5.2", "Line too long"),
  authLineTooLong: utter(500, "5.5.6", "Authentication exchange line is too long"),
  bareLineFeed: utter(500, "5.5.2", "Lines end in CR LF, got a bare LF, closing the connection"),
  malformedChunk: utter(
    501,
    "5.5.4",
    "Bad chunk size, closing the connection; syntax: BDAT size [LAST]",
  ),
  parametersAfterHelo: utter(501, "5.5.4", "Parameters need EHLO, got HELO"),
  notBase64: utter(501, "5.5.2", "Cannot decode: not base64"),
  authCancelled: utter(501, "5.7.0", "Authentication cancelled"),
  notImplemented: utter(502, "5.5.1", "Command not implemented"),
  noExpansion: utter(502, "5.7.0", "EXPN is not allowed"),
  refusedSession: utter(503, "5.5.1", "No service here, only QUIT is left"),
  helloFirst: utter(503, "5.5.1", "Send EHLO or HELO first"),
  lhloFirst: utter(503, "5.5.1", "Send LHLO first"),
  mailFirst: utter(503, "5.5.1", "Send MAIL first"),
  recipientFirst: utter(503, "5.5.1", "Send RCPT first"),
  noRecipientsHere: utter(503, "5.5.1", "No valid recipients"),
  chunksFirst: utter(503, "5.5.1", "The message comes in chunks, send BDAT or RSET"),
  binaryNeedsChunks: utter(503, "5.5.1", "A binary message comes in chunks, send BDAT"),
  transactionOpen: utter(503, "5.5.1", "A mail transaction is open already"),
  alreadyAuthenticated: utter(503, "5.5.1", "Authenticated already"),
  alreadySecure: utter(503, "5.5.1", "TLS is active already"),
  unknownMechanism: utter(504, "5.5.4", "Authentication mechanism is not supported"),
  noUtf8: utter(504, "5.5.4", "SMTPUTF8 is not offered"),
  noHelp: utter(504, "5.5.1", "No help on that"),
  tlsRequired: utter(530, "5.7.0", "Send STARTTLS first"),
  requireTlsInClear: utter(530, "5.7.10", "REQUIRETLS needs TLS, send STARTTLS first"),
  loginRequired: utter(530, "5.7.0", "Authentication is required"),
  loginRefused: utter(535, "5.7.8", "Authentication credentials are invalid"),
  encryptionNeeded: utter(538, "5.7.11", "Authentication needs encryption, send STARTTLS first"),

  recipientRefused: utter(550, "5.1.1", "No such recipient here"),
  utf8SenderNeeded: utter(550, "5.6.7", "Sender is not ASCII, and SMTPUTF8 was not asked for"),
  notAuthorized: utter(550, "5.7.0", "Insufficient authorization"),
  senderRefused: utter(550, "5.7.1", "Sender refused"),
  bareLineEnding: utter(550, "5.5.2", "Message refused: it holds a bare CR or a bare LF"),
  nulInMessage: utter(550, "5.6.0", "Message refused: it holds a NUL"),
  messageTooLarge: utter(552, "5.3.4", "Message exceeds the maximum size"),
  utf8Needed: utter(553, "5.6.7", "Address is not ASCII, and SMTPUTF8 was not asked for"),
  utf8HeaderUnasked: utter(554, "5.6.9", "Header is not ASCII, and SMTPUTF8 was not asked for"),
  serviceRefused: utter(554, "5.7.1", "Service refused"),
  tooManyHops: utter(
    554,
    "5.4.6",
    "Message refused: too many Received fields, mail goes in circles",
  ),
  messageRefused: utter(554, "5.7.1", "Message refused"),
  noRecipients: utter(554, "5.5.1", "No valid recipients"),
  outOfSync: utter(554, "5.5.0", "Input after STARTTLS, closing the connection"),
});

/**
 * Makes one of several replies that go out together, as LMTP answers a message (RFC 2033 section 4.2).
 *
 * @param replies The replies, at least one.
 * @returns All of their octets; what else it tells is that of the first that is no refusal, if any.
 */
export function severally(replies: readonly Utterance[]): Utterance {
  const { code, enhanced, lines } = replies.find(({ code }) => code < 400) ?? replies[0];
  return Object.freeze({ code, enhanced, lines, bytes: concat(replies.map(({ bytes }) => bytes)) });
}

/**
 * The greeting (RFC 5321 section 4.3.1).
 *
 * @param name The server's name, a domain or an address literal.
 * @param lmtp Whether LMTP is spoken rather than SMTP.
 * @returns The reply.
 */
export function greeting(name: string, lmtp = false): Utterance {
  return utter(220, null, `${name} ${lmtp ? "LMTP" : "ESMTP"}`);
}

/**
 * The answer to HELO.
 *
 * @param name The server's name.
 * @returns The reply.
 */
export function helo(name: string): Utterance {
  return utter(250, null, name);
}

/**
 * The answer to EHLO (RFC 5321 section 4.1.1.1).
 *
 * @param name The server's name.
 * @param keywords One line for each extension, such as `"SIZE 1000"`.
 * @returns The reply.
 */
export function ehlo(name: string, keywords: readonly string[]): Utterance {
  return utter(250, null, name, ...keywords);
}

/**
 * A challenge of an AUTH exchange (RFC 4954 section 4).
 *
 * @param base64 The challenge, encoded.
 * @returns The reply.
 */
export function challenge(base64: string): Utterance {
  return utter(334, null, base64);
}

/**
 * The answer to HELP (RFC 5321 section 4.1.1.8).
 *
 * @param lines What to say.
 * @returns The reply.
 */
export function help(...lines: string[]): Utterance {
  return utter(214, "2.0.0", ...lines);
}

/**
 * A command that was recognised, with arguments that were not.
 *
 * @param syntax What would be right.
 * @param problem What was wrong.
 * @returns The reply.
 */
export function badArguments(syntax: string, problem?: string): Utterance {
  return utter(
    501,
    "5.5.4",
    problem === undefined ? `Syntax: ${syntax}` : `${problem}; syntax: ${syntax}`,
  );
}

/**
 * A MAIL or RCPT parameter whose value is not valid.
 *
 * @param keyword The parameter.
 * @param expected What it takes.
 * @returns The reply.
 */
export function badParameter(keyword: string, expected: string): Utterance {
  return utter(501, "5.5.4", `Bad parameter ${keyword}: it takes ${expected}`);
}

/**
 * A MAIL or RCPT parameter that no extension owns (RFC 5321 section 4.1.1.11).
 *
 * @param keyword The parameter.
 * @returns The reply.
 */
export function unknownParameter(keyword: string): Utterance {
  return utter(555, "5.5.4", `Unknown parameter ${keyword.slice(0, 80)}`);
}
