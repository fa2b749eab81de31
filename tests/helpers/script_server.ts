/**
 * A server that plays a script, for tests of the client: it says what the script says, whether that is right or
 * wrong, and fails where the client does not say what the script expects.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Channel } from "../../session/transport/channel.ts";
import { tcpChannel } from "../../session/transport/tcp.ts";
import { createServerContext, upgradeServer } from "../../session/transport/tls.ts";
import { concat, decodeLatin1, EMPTY, encodeUtf8, LF } from "../../session/wire/bytes.ts";
import { DotDecoder } from "../../session/wire/dot_stuffing.ts";
import type { TestCertificate } from "./certificates.ts";

/** What plays one connection. What it throws, `done` rejects with. */
export type Script = (peer: ScriptPeer) => Promise<void>;

/** The server's end of one connection, for a script. */
export class ScriptPeer {
  /** All octets that the client sent, TLS removed, as one character each. */
  received = "";
  #channel: Channel;
  #buffer: Uint8Array = new Uint8Array();

  /**
   * Makes a peer.
   *
   * @param channel The connection.
   */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Says something.
   *
   * @param text What to say; each character is an octet of UTF-8. No line end is added.
   * @param size How many octets go out in one write.
   */
  async say(text: string | Uint8Array, size = Infinity): Promise<void> {
    const bytes = typeof text === "string" ? encodeUtf8(text) : text;
    for (let at = 0; at < bytes.length; at += size) {
      await this.#channel.write(bytes.slice(at, at + size));
    }
  }

  /**
   * Reads a line of the client's.
   *
   * @returns The line without CRLF; null at the end.
   */
  async line(): Promise<string | null> {
    for (;;) {
      const end = this.#buffer.indexOf(LF);
      if (end >= 0) {
        const line = decodeLatin1(this.#buffer.subarray(0, end + 1));
        this.#buffer = this.#buffer.subarray(end + 1);
        if (!line.endsWith("\r\n")) throw new Error(`a bare LF: ${JSON.stringify(line)}`);
        return line.slice(0, -2);
      }
      if (!await this.more()) {
        if (this.#buffer.length === 0) return null;
        throw new Error(`a line that does not end: ${JSON.stringify(decodeLatin1(this.#buffer))}`);
      }
    }
  }

  /**
   * Reads a line, and fails where it is another.
   *
   * @param expected The line; where it ends in `*` only the start counts.
   */
  async expect(expected: string): Promise<void> {
    const line = await this.line();
    const same = expected.endsWith("*") && line?.startsWith(expected.slice(0, -1));
    if (!same) assertEquals(line, expected);
  }

  /**
   * Reads lines, and answers each.
   *
   * @param pairs What is expected, and what is answered (CRLF is added); twice as many as there are lines.
   */
  async exchange(...pairs: readonly string[]): Promise<void> {
    for (let i = 0; i < pairs.length; i += 2) {
      await this.expect(pairs[i]);
      await this.say(`${pairs[i + 1]}\r\n`);
    }
  }

  /** Says the greeting and answers EHLO. */
  async greet(...extensions: readonly string[]): Promise<void> {
    await this.say("220 mx.test ESMTP\r\n");
    await this.hello(...extensions);
  }

  /** Answers EHLO. */
  async hello(...extensions: readonly string[]): Promise<void> {
    await this.expect("EHLO *");
    const lines = ["mx.test", ...extensions];
    const last = lines.length - 1;
    await this.say(lines.map((line, i) => `250${i < last ? "-" : " "}${line}\r\n`).join(""));
  }

  /**
   * Reads a message up to its dot.
   *
   * @returns Its octets, dots unstuffed, one character each.
   */
  async message(): Promise<string> {
    const decoder = new DotDecoder();
    const pieces: Uint8Array[] = [];
    for (;;) {
      const end = decoder.decode(this.#buffer, (piece) => void pieces.push(piece.slice()));
      if (end >= 0) {
        this.#buffer = this.#buffer.subarray(end);
        return decodeLatin1(concat(pieces));
      }
      this.#buffer = new Uint8Array();
      if (!await this.more()) throw new Error("the message does not end");
    }
  }

  /**
   * Reads BDAT and its chunk.
   *
   * @param line The line with BDAT, where it was read already.
   * @returns The octets of the chunk, one character each, and whether it was the last.
   */
  async chunk(line?: string | null): Promise<{ content: string; last: boolean }> {
    const [verb, size, last, ...rest] = (line ?? await this.line() ?? "").split(" ");
    assertEquals([verb, rest, last ?? "LAST"], ["BDAT", [], "LAST"]);
    while (this.#buffer.length < Number(size)) {
      if (!await this.more()) throw new Error("the chunk does not end");
    }
    const content = decodeLatin1(this.#buffer.subarray(0, Number(size)));
    this.#buffer = this.#buffer.subarray(Number(size));
    return { content, last: last !== undefined };
  }

  /**
   * Waits for more octets.
   *
   * @returns False at the end.
   */
  async more(): Promise<boolean> {
    const chunk = await this.#channel.read();
    if (chunk === null) return false;
    this.received += decodeLatin1(chunk);
    this.#buffer = concat([this.#buffer, chunk]);
    return true;
  }

  /** Waits for the client to close, and fails where it says anything more. */
  async ended(): Promise<void> {
    assertEquals(await this.line(), null);
  }

  /** Waits for the client to be gone, properly or not, whatever it says until then. */
  async gone(): Promise<void> {
    try {
      do this.#buffer = EMPTY; while (await this.more());
    } catch {
      // Gone, too.
    }
  }

  /** Sets TLS up, as after STARTTLS or at the start. */
  async upgrade(certificate: TestCertificate): Promise<void> {
    const context = createServerContext(certificate);
    const options = { context, requestCert: false, rejectUnauthorized: false };
    this.#channel = await upgradeServer(this.#channel, { ...options, handshakeTimeout: 5000 });
    this.#buffer = new Uint8Array();
  }

  /** Reads QUIT, answers it, and waits for the client to close. */
  async quit(): Promise<void> {
    await this.exchange("QUIT", "221 2.0.0 bye");
    await this.ended();
  }

  /** Waits for the client to be gone, and says goodbye where the client does; fails where it says anything else. */
  async bye(): Promise<void> {
    let line: string | null = null;
    try {
      line = await this.line();
    } catch {
      return; // Gone without a word.
    }
    if (line === null) return;
    assertEquals(line, "QUIT");
    await this.say("221 2.0.0 bye\r\n");
    await this.gone();
  }

  /** Ends the server's side, and goes on to read. */
  async finish(): Promise<void> {
    await this.#channel.closeWrite();
  }

  /** Closes the connection at once. */
  close(): void {
    this.#channel.close();
  }
}

/** A server on a free port of 127.0.0.1, which plays one script for each connection, in order. */
export class ScriptServer implements AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /** Resolves when all scripts were played, and rejects where one failed. */
  readonly done: Promise<void>;
  readonly #listener: Deno.TcpListener;

  /**
   * Starts a server.
   *
   * @param scripts One for each connection.
   */
  constructor(...scripts: readonly Script[]) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.done = this.#serve(scripts);
    this.done.catch(() => {}); // whoever awaits it gets it
  }

  async #serve(scripts: readonly Script[]): Promise<void> {
    for (const script of scripts) {
      const peer = new ScriptPeer(tcpChannel(await this.#listener.accept()));
      try {
        await script(peer);
      } finally {
        peer.close();
      }
    }
  }

  /** Stops to listen, and fails where a script failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.done;
  }
}
