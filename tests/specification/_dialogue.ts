/**
 * A client that says exactly what a test says, and servers to say it to.
 *
 * @module
 */

import * as smtp from "@infinity/smtp";
import { assert } from "@std/assert";
import { encodeUtf8 } from "../../session/wire/bytes.ts";
import { formatReplyText, ReplyDecoder } from "../../session/wire/reply.ts";

/** One connection, in clear. */
export class Dialogue implements Disposable {
  /** The port of this end. */
  readonly port: number;
  readonly #conn: Deno.TcpConn;
  readonly #decoder = new ReplyDecoder();

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.port = conn.localAddr.port;
  }

  /** Connects to a server that listens on 127.0.0.1, by itself or by its port. */
  static async open(server: smtp.server | number): Promise<Dialogue> {
    const port = typeof server === "number" ? server : portOf(server);
    return new Dialogue(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Reads a reply, such as `"250 2.1.0 Sender accepted"`; null at the end. */
  async reply(): Promise<string | null> {
    const buffer = new Uint8Array(4096);
    for (;;) {
      const reply = this.#decoder.next();
      if (reply !== null) return formatReplyText(reply);
      const count = await this.#conn.read(buffer);
      if (count === null) return null;
      this.#decoder.push(buffer.slice(0, count));
    }
  }

  /** Says a line, and reads the reply. */
  async say(line: string): Promise<string> {
    const bytes = encodeUtf8(`${line}\r\n`);
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    return await this.reply() ?? "";
  }

  /** Says several lines, and reads a reply to each. */
  async sayAll(...lines: string[]): Promise<string[]> {
    const replies: string[] = [];
    for (const line of lines) replies.push(await this.say(line));
    return replies;
  }

  /** Closes it, if it is open. */
  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch {
      // The test has closed it.
    }
  }
}

/** The port that a server listens on. */
export function portOf(server: smtp.server): number {
  assert(server.addr !== null, "the server does not listen");
  return server.addr.port;
}

/** Makes a server on a free port of 127.0.0.1 that receives every message; it does not listen yet. */
export function makeServer(options: smtp.ServerOptions = {}): smtp.server {
  return new smtp.server({
    hostname: "127.0.0.1",
    port: 0,
    name: "mx.example.org",
    onReceive: (session) => {
      session.received = true;
    },
    ...options,
  });
}

/** What SASL's PLAIN sends for a user (RFC 4616). */
export function plain(username: string, password: string): string {
  return `AUTH PLAIN ${btoa(`\0${username}\0${password}`)}`;
}

/** A small message, whose header says where it goes. */
export const MESSAGE =
  "From: ada@example.org\r\nTo: charles@example.org\r\nSubject: Notes\r\n\r\nGood morning\r\n";
