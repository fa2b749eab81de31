/**
 * One connection, from its greeting to its end: which line goes where, and what an outcome leads to. What the words
 * mean is decided in `dispatch.ts` and `message.ts`; the octets are the business of `link.ts`.
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { Phase } from "../../session/phase.ts";
import { REPLIES, type Utterance } from "../../session/replies.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { upgradeServer } from "../../session/transport/tls.ts";
import { EMPTY } from "../../session/wire/bytes.ts";
import { ChunkDecoder } from "../../session/wire/chunk.ts";
import { parseCommand } from "../../session/wire/command.ts";
import { DotDecoder } from "../../session/wire/dot_stuffing.ts";
import { type Line, LineDecoder } from "../../session/wire/line_decoder.ts";
import { type BodyReader, createReader } from "../message/body_reader.ts";
import { traceCommand } from "./command_trace.ts";
import { Conversation } from "./conversation.ts";
import { dispatch, type Dispatched, knownVerb, refuseLine, TOO_LONG } from "./dispatch.ts";
import type { Intercept } from "../internals.ts";
import { Link } from "./link.ts";
import { endMessage, receive, refuseContent } from "../message/message.ts";
import { type Chunk, type Effect, isBad, type Outcome } from "./outcome.ts";
import type { Peer, Service } from "../service.ts";
import { SessionTelemetry } from "../telemetry/session.ts";
import { traceNote } from "./tracing.ts";
import { welcome } from "./welcome.ts";

/** Replies that have waited this long are sent before another handler is waited for, in milliseconds. */
const HOLD = 1000;
/** The first octet of a TLS handshake record (RFC 8446 section 5.1). */
const HANDSHAKE = 0x16;

/** One connection. */
export class Connection {
  readonly #service: Service;
  readonly #peer: Peer;
  readonly #link: Link;
  readonly #telemetry: SessionTelemetry | null;
  readonly #intercept: Intercept | null;
  #lines: LineDecoder;
  #talk: Conversation;
  /** Takes the next line instead of a command, while an AUTH exchange runs. */
  #ask: ((line: Uint8Array | null) => Outcome | Promise<Outcome>) | null = null;
  /** Takes the message, or the chunk of one, that is coming in; null while commands are. */
  #reader: BodyReader | null = null;
  /** The chunk that is coming in. */
  #chunk: Chunk | null = null;
  /** The message that comes in chunks, from the first to the last of them. */
  #chunks: BodyReader<ChunkDecoder> | null = null;
  #stopping = false;
  /** Whether the session has begun: a client that failed in the handshake of implicit TLS never had one. */
  #greeted = false;
  #badCommands = 0;
  /** Since when the next command is waited for: a client that sends it drop by drop gets no more time than any other. */
  #waitingSince = 0;
  /** The handlers' data as `onConnect` left it, before the client had said anything. */
  #firstState: Record<string, unknown> = {};

  /**
   * Takes over a channel.
   *
   * @param channel The channel, before anything was said.
   * @param peer Who is at the other end.
   * @param service The server.
   * @param intercept Has its say before each step; the test harness alone has one.
   */
  constructor(channel: Channel, peer: Peer, service: Service, intercept: Intercept | null = null) {
    this.#intercept = intercept;
    this.#peer = peer;
    this.#service = service;
    this.#link = new Link(channel, peer.id, service);
    this.#lines = new LineDecoder(service.options.limits.authLine);
    const { telemetry, options: { protocol } } = service;
    this.#telemetry = telemetry && new SessionTelemetry(telemetry, protocol, peer.local.port);
    this.#talk = new Conversation(service, peer, null, {}, this.#telemetry);
  }

  /** Holds the session, to its end. Never rejects. */
  async run(): Promise<void> {
    try {
      if (this.#service.options.implicitTls) await this.#upgrade(new Uint8Array());
      await this.#greet();
      while (!this.#link.ended) {
        await this.#answer();
        if (this.#link.ended) break;
        // Waited for here and not further down: each async function that waits costs an idle connection half a KiB.
        const chunk = await this.#link.read(this.#patience);
        if (chunk === null) break;
        if (this.#reader === null) this.#lines.push(chunk);
        else await this.#content(this.#reader, chunk);
      }
    } catch (error) {
      this.#failed(error);
    }
    this.#reader?.body.release();
    this.#chunks?.body.release();
    await this.#link.end();
    this.#telemetry?.ended();
    if (this.#greeted && this.#talk.handles("onDisconnect")) await this.#talk.ask("onDisconnect");
  }

  /** Ends the session as soon as no transaction is open. */
  stop(): void {
    this.#stopping = true;
    if (this.#link.listening && !this.#talk.inTransaction) {
      this.#link.interrupt(REPLIES.shuttingDown);
    }
  }

  /** Ends the session at once, with a last word to a client that is being waited for (RFC 5321 section 3.8). */
  abort(): void {
    if (this.#link.listening) this.#link.interrupt(REPLIES.shuttingDown);
    else this.#link.abort();
  }

  async #greet(): Promise<void> {
    this.#greeted = true;
    const { reply, effect, phase } = await this.#instead("greeting") ?? await welcome(this.#talk);
    this.#firstState = this.#talk.state;
    if (phase !== undefined) this.#talk.phase = phase;
    this.#link.say(reply);
    if (effect !== undefined) await this.#perform(effect);
  }

  /** Carries out the lines that have come. */
  async #answer(): Promise<void> {
    let any = !this.#lines.pending;
    for (let line = this.#lines.next(); line !== null; line = this.#lines.next()) {
      any = true;
      const unfinished = this.#take(line);
      if (unfinished !== undefined) await unfinished;
      if (this.#link.ended) return;
    }
    await this.#link.flush();
    // After the flush, for stop() may have come while it lasted.
    if (this.#stopping && !this.#talk.inTransaction) {
      return await this.#link.close(REPLIES.shuttingDown);
    }
    if (any) this.#waitingSince = this.#service.deadlines.now;
  }

  /** How long to wait for what comes next, in milliseconds. */
  get #patience(): number {
    const { deadlines, options } = this.#service;
    // Between two chunks, too: else a client could hold most of a message for as long as it sends commands.
    const reader = this.#reader ?? this.#chunks;
    if (reader !== null) return reader.patience(deadlines.now);
    return Math.max(1, options.timeouts.command - (deadlines.now - this.#waitingSince));
  }

  /** Carries out one line; a promise only where it takes time. */
  #take(line: Line): Promise<void> | undefined {
    if (line.kind === "bareLf") return this.#link.close(REPLIES.bareLineFeed);
    if (line.kind === "endless") return this.#link.close(REPLIES.lineTooLong);
    const bytes = line.kind === "line" ? line.bytes : null;
    traceCommand(this.#service, this.#peer.id, bytes, this.#ask !== null);
    this.#telemetry?.heard(this.#ask !== null ? "AUTH" : bytes && knownVerb(bytes));
    const { outcome, batched } = this.#outcomeOf(bytes);
    if (outcome instanceof Promise) return this.#settleLater(outcome, batched);
    return this.#settle(outcome, batched);
  }

  #outcomeOf(line: Uint8Array | null): Dispatched {
    const ask = this.#ask;
    this.#ask = null;
    if (ask !== null) return { outcome: ask(line), batched: false };
    if (line === null) return { outcome: TOO_LONG, batched: false };
    if (this.#intercept === null) return dispatch(this.#talk, line);
    return { outcome: this.#intercepted(line), batched: false };
  }

  async #intercepted(line: Uint8Array): Promise<Outcome> {
    const { verb, args } = parseCommand(line);
    const instead = await this.#instead(verb, args);
    if (instead !== null) return refuseLine(this.#talk, instead, verb, args);
    return await dispatch(this.#talk, line).outcome;
  }

  /** What the test harness has come of a step; null: what usually does. What was said before it has left. */
  #instead(step: string, args: Uint8Array = EMPTY): Promise<Outcome | null> | null {
    const intercept = this.#intercept;
    return intercept && this.#link.flush().then(() => intercept(this.#peer, step, args));
  }

  #settleLater(pending: Promise<Outcome>, batched: boolean): Promise<void> {
    const ready = this.#link.held > HOLD ? this.#link.flush().then(() => pending) : pending;
    return ready.then((outcome) => this.#settle(outcome, batched));
  }

  #settle({ reply, effect, accepted }: Outcome, batched: boolean): Promise<void> | undefined {
    if (this.#chunks !== null && this.#talk.phase !== Phase.chunks) this.#dropChunks(this.#chunks);
    if (effect?.kind === "chunk") return this.#startChunk(effect.chunk);
    this.#telemetry?.settled(reply.code, this.#talk.phase);
    if (effect?.kind === "startTls") return this.#startTls(reply);
    this.#link.say(reply);
    const bad = accepted === undefined && isBad(reply.code);
    if (bad && ++this.#badCommands >= this.#service.options.limits.badCommands) {
      return this.#link.close(REPLIES.tooManyErrors);
    }
    if (effect !== undefined) return this.#perform(effect);
    return batched ? undefined : this.#link.flush();
  }

  #perform(effect: Effect): Promise<void> | undefined {
    if (effect.kind === "close") return this.#link.close(effect.reply);
    if (effect.kind === "data") return this.#startMessage();
    if (effect.kind === "restart") {
      this.#talk = effect.conversation;
      return effect.effect && this.#perform(effect.effect);
    }
    if (effect.kind !== "ask") return undefined;
    this.#ask = effect.answer;
    return this.#link.flush();
  }

  /** What came in clear behind STARTTLS must never be taken for part of the TLS session (RFC 3207 section 6). */
  async #startTls(reply: Utterance): Promise<void> {
    const rest = this.#lines.takeRest().slice();
    if (rest.length > 0 && rest[0] !== HANDSHAKE) return await this.#link.close(REPLIES.outOfSync);
    this.#link.say(reply);
    await this.#link.flush();
    await this.#upgrade(rest);
  }

  async #upgrade(rest: Uint8Array): Promise<void> {
    const { tls, options } = this.#service;
    if (tls === null) throw new Error("Cannot start TLS: no certificate is set");
    await this.#instead("tls");
    this.#link.channel = await upgradeServer(this.#link.channel, tls, rest);
    this.#lines = new LineDecoder(options.limits.authLine);
    const facts = this.#link.channel.tls;
    const before = this.#firstState;
    this.#talk = new Conversation(this.#service, this.#peer, facts, before, this.#telemetry);
    this.#telemetry?.secured(facts);
    traceNote(this.#service, this.#peer.id, `TLS begins: ${facts?.protocol}`);
  }

  /** From here on what comes is content, up to the final dot. */
  async #startMessage(): Promise<void> {
    await this.#link.flush();
    this.#reader = createReader(this.#service, new DotDecoder());
    await this.#instead("content");
    await this.#content(this.#reader, this.#lines.takeRest());
  }

  /** From here on what comes is a chunk, up to its last octet. One that is refused is counted, not kept. */
  #startChunk(chunk: Chunk): Promise<void> | undefined {
    const reader = chunk.refused === null
      ? this.#chunks ??= createReader(this.#service, new ChunkDecoder(this.#talk.binary))
      : createReader(this.#service, new ChunkDecoder(true), 0);
    reader.decoder.begin(chunk);
    this.#chunk = chunk;
    this.#reader = reader;
    return this.#content(reader, this.#lines.takeRest());
  }

  /** Takes content; a promise only where the message has come to its end. */
  #content(reader: BodyReader, octets: Uint8Array): Promise<void> | undefined {
    const rest = reader.take(octets);
    this.#link.channel.bulk = rest === null || this.#chunks !== null;
    if (rest === null) return undefined;
    this.#lines.push(rest);
    const chunk = this.#chunk;
    this.#chunk = null;
    if (chunk === null || (chunk.last && chunk.refused === null)) return this.#received(reader);
    this.#reader = null;
    const reply = refuseContent(reader.body, reader.decoder.faults) ?? REPLIES.chunkAccepted;
    return this.#settle(chunk.refused ?? { reply }, true);
  }

  /** What came of the chunks, where the transaction has ended. */
  #dropChunks({ body }: BodyReader): void {
    body.release();
    this.#chunks = null;
    this.#link.channel.bulk = false;
  }

  async #received({ body, decoder }: BodyReader): Promise<void> {
    traceNote(this.#service, this.#peer.id, `message of ${body.size} octets`, "client");
    const instead = await this.#instead(".");
    const outcome = instead === null
      ? await receive(this.#talk, body, decoder.faults)
      : endMessage(this.#talk, instead);
    this.#telemetry?.received(body.size, outcome.reply.code);
    this.#reader = null;
    body.release();
    if (outcome.reply.code < 300) this.#badCommands = 0;
    await this.#settle(outcome, true);
  }

  #failed(error: unknown): void {
    if (error instanceof SmtpError) return this.#service.lost(error, this.#peer);
    this.#service.fault(error, "connection");
    this.#link.say(REPLIES.noService);
  }
}
