/**
 * A message that a test server has taken.
 *
 * @module
 */

import { type HeaderField, parseHeader } from "../client/message/header.ts";
import type { ReceiveSession } from "../session/handler/events.ts";
import type { TlsFactsForHandlers } from "../session/handler/facts.ts";
import { ascii, decodeLatin1, decodeUtf8, equalsIgnoreCase } from "../session/wire/bytes.ts";
import type { ParsedMessage } from "./parsed_message.ts";

/** A message as it arrived, with its envelope. */
export class CapturedMessage {
  /** The number of the session that it came by, counted from 1. */
  readonly session: number;
  /** The sender of the envelope (MAIL); empty for the null reverse-path `<>`. */
  readonly from: string;
  /** The recipients of the envelope (RCPT) that were accepted, in order. */
  readonly to: readonly string[];
  /** The message, octet for octet, without the dots that the protocol adds. */
  readonly raw: Uint8Array;
  /** The message as text: UTF-8 where all of it is valid UTF-8, else one character for each octet. */
  readonly text: string;
  /** Who was logged in; null where nobody was. */
  readonly login: string | null;
  /** The TLS session that it came by; null where it came in clear. */
  readonly tls: TlsFactsForHandlers | null;
  #fields: readonly HeaderField[] | null = null;
  #subject: string;
  #parsed: Promise<ParsedMessage> | null = null;

  private constructor(session: ReceiveSession) {
    this.session = session.id;
    this.from = session.mailFrom.address;
    this.to = session.rcptTo.map(({ address }) => address);
    this.raw = session.raw;
    this.text = session.msg;
    this.login = session.username;
    this.tls = session.tls;
    this.#subject = this.header("Subject") ?? "";
  }

  /**
   * Takes the message of a session.
   *
   * @param session The session, in its event `onReceive`.
   * @returns The message.
   */
  static async capture(session: ReceiveSession): Promise<CapturedMessage> {
    const message = new CapturedMessage(session);
    // Encoded words (RFC 2047); most subjects have none.
    if (message.#subject.includes("=?")) {
      const { decodeWords } = await import("postal-mime");
      message.#subject = decodeWords(message.#subject);
    }
    return message;
  }

  /** The subject, decoded; empty where there is none. */
  get subject(): string {
    return this.#subject;
  }

  /**
   * Reads a field of the header, without parsing the message.
   *
   * @param name The field's name, in any case.
   * @returns The value of the first field of that name, unfolded and else as it arrived; null where there is none.
   */
  header(name: string): string | null {
    const wanted = ascii(name.toUpperCase());
    this.#fields ??= parseHeader(this.raw);
    const field = this.#fields.find((one) => equalsIgnoreCase(one.name, wanted));
    if (field === undefined) return null;
    const value = decodeUtf8(field.value) ?? decodeLatin1(field.value);
    return value.replaceAll("\r\n", "").trim();
  }

  /**
   * Parses the message by [postal-mime](https://postal-mime.postalsys.com), which is loaded on first use.
   *
   * @returns Its header, texts and attachments: the `Email` of postal-mime, the same object each time.
   */
  parsed(): Promise<ParsedMessage> {
    return this.#parsed ??= import("postal-mime").then((mime) => mime.default.parse(this.raw));
  }
}
