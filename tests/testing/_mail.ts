/** What the tests of the test server share. */

import type { Channel } from "../../session/transport/channel.ts";
import { connectTcp } from "../../session/transport/tcp.ts";
import { decodeLatin1, encodeUtf8 } from "../../session/wire/bytes.ts";
import type { MailServer } from "../../testing/mod.ts";

/** A message from ada@example.com. */
export function letter(to: string, subject = "Tea", text = "At four?"): string {
  return `From: ada@example.com\r\nTo: ${to}\r\nSubject: ${subject}\r\n\r\n${text}\r\n`;
}

/** Octets on a socket, for what no client does. */
export class RawClient implements Disposable {
  readonly #channel: Channel;
  #rest = "";

  private constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Connects to a server that listens. */
  static async connect({ host, port }: MailServer): Promise<RawClient> {
    return new RawClient(await connectTcp({ host, port, timeout: 10_000 }));
  }

  /** What comes next, however much that is; null at the end. */
  async chunk(): Promise<string | null> {
    const bytes = await this.#channel.read();
    return bytes === null ? null : decodeLatin1(bytes);
  }

  /** The next line, without CRLF; null at the end. */
  async line(): Promise<string | null> {
    while (!this.#rest.includes("\r\n")) {
      const chunk = await this.chunk();
      if (chunk === null) return null;
      this.#rest += chunk;
    }
    const end = this.#rest.indexOf("\r\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 2);
    return line;
  }

  /** Says a line, and reads the last line of the reply. */
  async say(line: string): Promise<string | null> {
    await this.send(`${line}\r\n`);
    let reply: string | null;
    do reply = await this.line(); while (reply?.[3] === "-");
    return reply;
  }

  /** Sends something. */
  async send(text: string): Promise<void> {
    await this.#channel.write(encodeUtf8(text));
  }

  [Symbol.dispose](): void {
    this.#channel.close();
  }
}
