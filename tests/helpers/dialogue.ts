// The dialogue harness: a whole transcript as text, played to a server, and compared as one text.
//
//   S: 250 2.0.0 OK     a line that the server must send; {any} stands for a part that varies
//   C: NOOP             a line that the client sends; lines that follow each other leave in one write
//   C> .\r              octets without a line end; in all lines \r \n \0 \\ \xNN stand for octets
//   C: {name}           what the option `say` makes of the parts that varied so far
//   == TLS              the client begins TLS
//   == end              the server ends the connection properly, and nothing comes before that
//   == close            the client ends its side
//   == reset            the client is gone
//
// Whatever the transcript ends with, the server must have sent nothing that is not in it.

import { assertEquals } from "@std/assert";
import { Server } from "../../server/server.ts";
import type { ServerOptions } from "../../server/options.ts";
import type { Channel, TlsFacts } from "../../session/transport/channel.ts";
import { connectTcp } from "../../session/transport/tcp.ts";
import { type ClientTlsOptions, upgradeClient } from "../../session/transport/tls.ts";
import { certificates } from "./certificates.ts";
import { octets, text } from "./split.ts";

/** A dialogue that has not ended by then hangs; in milliseconds. */
const PATIENCE = 10_000;

/** How {@linkcode play} plays. */
export interface PlayOptions {
  /** Lines that depend on what the server said: each gets the parts that varied so far. */
  say?: Record<string, (varied: readonly string[]) => string>;
  /** The client's side of TLS, where it differs. */
  client?: Partial<ClientTlsOptions>;
  /** Whether TLS comes first. */
  implicit?: boolean;
}

/** What a dialogue leaves. */
export interface Played {
  /** The parts that varied, in order. */
  readonly varied: readonly string[];
  /** What the client knows of TLS. */
  readonly tls: TlsFacts | null;
}

/** The options of a server for tests: its name, a free port, and a message handler that accepts; and what is given. */
export function testOptions(options: ServerOptions = {}): ServerOptions {
  return {
    hostname: "127.0.0.1",
    port: 0,
    name: "mx.test",
    onReceive: (session) => {
      session.received = true;
    },
    ...options,
  };
}

/** The options of a server that keeps each message as text, an octet a character; and what is given. */
export function keeping(kept: string[], options: ServerOptions = {}): ServerOptions {
  return {
    onReceive: (session) => {
      kept.push(text(session.raw));
      session.received = true;
    },
    ...options,
  };
}

/** Runs a server while `use` runs. A fault that is not awaited by an `onError` of its own fails the test. */
export async function serving<T>(
  options: ServerOptions,
  use: (server: Server) => Promise<T>,
): Promise<T> {
  const faults: string[] = [];
  const onError = (error: Error, where: string): void => void faults.push(`${where}: ${error}`);
  const server = new Server(testOptions({ onError, ...options }));
  await server.start();
  let result: T;
  try {
    result = await use(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  assertEquals(await server.stop(), { aborted: 0, runaways: 0 });
  assertEquals(faults, []);
  return result;
}

/** Plays one transcript, or several one after the other, to a server of its own. */
export async function dialogue(
  options: ServerOptions,
  transcripts: string | readonly string[],
  playing: PlayOptions = {},
): Promise<Played> {
  return await serving(options, async (server) => {
    let played: Played = { varied: [], tls: null };
    for (const transcript of [transcripts].flat()) {
      played = await play(await connectTo(server), transcript, playing);
    }
    return played;
  });
}

/** Connects to a server that runs. */
export async function connectTo(server: Server): Promise<Channel> {
  return await connectTcp({ host: "127.0.0.1", port: server.addr?.port ?? 0, timeout: PATIENCE });
}

/** Plays a transcript on a channel, and closes it. */
export async function play(
  channel: Channel,
  transcript: string,
  options: PlayOptions = {},
): Promise<Played> {
  const player = new Player(channel, options);
  const expected = transcript.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const actual = await player.play(expected);
  assertEquals(actual.join("\n"), expected.join("\n"), "another dialogue");
  return player;
}

class Player implements Played {
  readonly varied: string[] = [];
  tls: TlsFacts | null = null;
  readonly #options: PlayOptions;
  readonly #actual: string[] = [];
  #channel: Channel;
  #received = "";
  #ended: string | null = null;
  #late = false;

  constructor(channel: Channel, options: PlayOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  async play(steps: readonly string[]): Promise<string[]> {
    const timer = setTimeout(() => {
      this.#late = true;
      this.#channel.close();
    }, PATIENCE);
    try {
      if (this.#options.implicit === true) await this.#beginTls();
      let at = 0;
      while (at < steps.length && this.#ended === null) at = await this.#step(steps, at);
      if (this.#ended === null) await this.#finish();
    } finally {
      clearTimeout(timer);
      this.#channel.close();
    }
    return this.#actual;
  }

  async #step(steps: readonly string[], at: number): Promise<number> {
    const step = steps[at];
    if (isSaid(step)) {
      let end = at;
      while (end < steps.length && isSaid(steps[end])) end++;
      this.#actual.push(...steps.slice(at, end));
      await this.#send(steps.slice(at, end).map((said) => this.#wire(said)).join(""));
      return end;
    }
    if (step.startsWith("S:")) await this.#expect(step);
    else if (step === "== TLS") {
      this.#actual.push(step);
      await this.#beginTls();
    } else if (step === "== end") await this.#rest(step);
    else if (step === "== close") {
      this.#actual.push(step);
      await this.#channel.closeWrite();
      await this.#rest(null);
    } else if (step === "== reset") {
      this.#actual.push(step);
      this.#ended = step;
    } else throw new SyntaxError(`Cannot read the transcript: got "${step}"`);
    return at + 1;
  }

  #wire(step: string): string {
    const text = step.slice(3);
    const name = text.startsWith("{") && text.endsWith("}") ? text.slice(1, -1) : "";
    const said = this.#options.say?.[name]?.(this.varied) ?? unescape(text);
    return step.startsWith("C:") ? `${said}\r\n` : said;
  }

  async #send(wire: string): Promise<void> {
    try {
      await this.#channel.write(octets(wire));
    } catch {
      // The server has closed; what it said before that is compared.
    }
  }

  async #expect(step: string): Promise<void> {
    const line = await this.#line();
    if (line === null) return void this.#actual.push(this.#ended ?? "");
    const varied = match(step, `S: ${escape(line)}`);
    if (varied === null) {
      this.#actual.push(`S: ${escape(line)}`);
      this.#ended = "== another line";
      return;
    }
    this.varied.push(...varied);
    this.#actual.push(step);
  }

  /** Reads to the end, which is shown where the transcript has it. */
  async #rest(shown: string | null): Promise<void> {
    for (let line = await this.#line(); line !== null; line = await this.#line()) {
      this.#actual.push(`S: ${escape(line)}`);
    }
    if (this.#ended !== null && this.#ended !== shown && (shown ?? this.#ended) !== "== end") {
      this.#actual.push(this.#ended);
    } else if (shown !== null) this.#actual.push(this.#ended ?? "");
  }

  async #finish(): Promise<void> {
    try {
      await this.#channel.closeWrite();
    } catch {
      // Reading says what is wrong.
    }
    await this.#rest(null);
  }

  async #line(): Promise<string | null> {
    for (;;) {
      const end = this.#received.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 2);
        return line;
      }
      if (this.#ended !== null) return null;
      await this.#read();
    }
  }

  async #read(): Promise<void> {
    try {
      const chunk = await this.#channel.read();
      if (chunk === null) {
        this.#ended = this.#received === "" ? "== end" : `== end within ${escape(this.#received)}`;
      } else this.#received += String.fromCharCode(...chunk);
    } catch (error) {
      this.#ended = this.#late ? "== no answer in time" : `== lost: ${(error as Error).message}`;
    }
  }

  async #beginTls(): Promise<void> {
    const { ca } = await certificates();
    try {
      this.#channel = await upgradeClient(this.#channel, {
        servername: "mail.test",
        verify: true,
        ca: [ca.cert],
        legacyRenegotiation: false,
        timeout: PATIENCE,
        ...this.#options.client,
      });
      this.tls = this.#channel.tls;
    } catch (error) {
      this.#actual.push(this.#ended = `== no TLS: ${(error as Error).message}`);
    }
  }
}

function isSaid(step: string): boolean {
  return step.startsWith("C:") || step.startsWith("C>");
}

/** The parts of a line that stand where the pattern has {any}; null where the line is another. */
function match(pattern: string, line: string): string[] | null {
  const parts = pattern.split("{any}");
  if (parts.length === 1) return pattern === line ? [] : null;
  const varied: string[] = [];
  if (!line.startsWith(parts[0])) return null;
  let at = parts[0].length;
  for (const [i, part] of parts.slice(1).entries()) {
    const last = i === parts.length - 2;
    const next = last ? line.length - part.length : line.indexOf(part, at);
    if (next < at || !line.startsWith(part, next)) return null;
    varied.push(line.slice(at, next));
    at = next + part.length;
  }
  return varied;
}

function unescape(text: string): string {
  const named: Record<string, string> = { r: "\r", n: "\n", t: "\t", 0: "\0", "\\": "\\" };
  return text.replace(
    /\\(x[0-9a-f]{2}|[rnt0\\])/g,
    (_, code: string) => named[code] ?? String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  );
}

function escape(line: string): string {
  return line.replace(
    /[^\x20-\x7e]| $/g,
    (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
