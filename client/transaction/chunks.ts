/**
 * The message by BDAT: in chunks whose size is said before, so that no dot means anything and nothing has to be asked for
 * ([RFC 3030](https://www.rfc-editor.org/rfc/rfc3030)).
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import { concat, EMPTY } from "../../session/wire/bytes.ts";
import { DotEncoder } from "../../session/wire/dot_stuffing.ts";
import type { Reply } from "../../session/wire/reply.ts";
import { assertTaken, checkAnswers } from "./body.ts";
import { type Command, command } from "../connection/command.ts";
import type { Connection } from "../connection/connection.ts";
import { type Carrier, carry } from "./content.ts";
import { AS_IT_IS, type ContentEncoder } from "../message/encoder.ts";
import type { Message } from "../message/message.ts";
import { isPositive, isRefusal, misplaced, refusal } from "../connection/replies.ts";
import { answersDue, type Progress, type TransactionOptions } from "./progress.ts";

/** Up to this many octets, a message goes out as one chunk together with its envelope. */
const WHOLE = 128 * 1024;
/** The octets of one chunk of a larger message, and of a piece of what is in memory or in a file: larger ones cost more to put together. */
const CHUNK = 64 * 1024;
/** Room for the next chunk's command to be longer. */
const SLACK = 32;
/** How many chunks wait for their replies at the most, where the server takes commands in groups. */
const WINDOW = 16;

/**
 * A small message as one command, which can follow its envelope in the same write.
 *
 * @param connection The connection.
 * @param message The message.
 * @param options What comes with it.
 * @returns The command with its chunk; null where the message is too large or not in memory.
 */
export function wholeChunk(
  connection: Connection,
  message: Message,
  options: TransactionOptions,
): Command | null {
  const { octets, size } = message;
  // An LMTP server answers the chunk once for each recipient: who they are has to be known before.
  if (octets === null || size === null || size > WHOLE || options.lmtp) return null;
  const encoder = encoderOf(message);
  // It is as long as it has to be: each of its lines ends as it should.
  const content = octets.length === size
    ? octets
    : concat([encoder.encode(octets), encoder.finish()]);
  options.onProgress?.(size, size);
  const { bytes, shown } = bdat(content.length, true);
  return { bytes: concat([bytes, content]), shown, timeout: connection.timeouts.dataEnd };
}

/**
 * Sends a message in chunks and reads the replies to them.
 *
 * @param connection The connection, on which a recipient at least was accepted.
 * @param message The message.
 * @param progress Keeps account of how far it has got, and of the replies to the message.
 * @param options What comes with it.
 * @throws {SmtpError} Kind `reply` if the server refuses a chunk: the connection is open then, and wants a RSET.
 * @throws If anything else happens; the connection is closed then, as a chunk can not be broken off.
 */
export async function sendChunks(
  connection: Connection,
  message: Message,
  progress: Progress,
  options: TransactionOptions,
): Promise<void> {
  const writer = new ChunkWriter(connection, message, progress, options);
  try {
    connection.assertQuiet("the message");
    const last = await carry(connection, message, writer, progress, options);
    await writer.finish(last);
  } catch (error) {
    if (writer.refused !== null && connection.open) throw await writer.abandon(writer.refused);
    connection.close();
    throw connection.failure ?? error;
  }
  assertChunksTaken(connection, progress);
}

/**
 * Makes sure that somebody gets a message that was sent by BDAT.
 *
 * @param connection The connection, on which all of the message was answered.
 * @param progress The replies to it.
 * @throws {SmtpError} Kind `reply` if all of them refuse; the connection is open then, and wants a RSET. Kind `protocol` if
 * a reply does not fit; the connection is closed then.
 */
export function assertChunksTaken(connection: Connection, progress: Progress): void {
  checkAnswers(connection, progress, true);
  const [answer] = progress.answers;
  if (!isUnknownCommand(answer)) return assertTaken(progress);
  connection.close();
  throw refusedChunk(answer);
}

/** Chunks on their way, and the replies to them. */
class ChunkWriter implements Carrier {
  readonly block = CHUNK;
  readonly encoder: ContentEncoder;
  /** Why the server wants no more of the message. */
  refused: SmtpError | null = null;
  readonly #connection: Connection;
  readonly #progress: Progress;
  readonly #window: number;
  readonly #due: number;
  /** Where a chunk is put behind its command, again and again: to make room for each anew costs more than the rest. */
  #frame: Uint8Array = EMPTY;
  /** Chunks but the last that were not answered. */
  #waiting = 0;

  constructor(
    connection: Connection,
    message: Message,
    progress: Progress,
    options: TransactionOptions,
  ) {
    this.encoder = encoderOf(message);
    this.#connection = connection;
    this.#progress = progress;
    this.#window = connection.capabilities.has("PIPELINING") ? WINDOW : 1;
    this.#due = answersDue(progress, options);
  }

  /** Writes a chunk that is not the last. */
  async write(block: Uint8Array): Promise<void> {
    await this.#room();
    this.#waiting++;
    await this.#send(block, false);
  }

  /** Writes the last chunk, and reads what is still to be answered. */
  async finish(block: Uint8Array): Promise<void> {
    await this.#room();
    this.#progress.ended = true;
    await this.#send(block, true);
    while (this.#progress.answers.length < this.#due) await this.hear();
  }

  /** Takes the next reply: to a chunk, or to the message. */
  async hear(): Promise<void> {
    const connection = this.#connection;
    const { answers, ended } = this.#progress;
    const isAnswer = this.#waiting === 0;
    if (isAnswer && (!ended || answers.length === this.#due)) {
      return connection.assertQuiet("the next chunk");
    }
    const { dataEnd, command } = connection.timeouts;
    const reply = await connection.receive(isAnswer ? dataEnd : command, "BDAT");
    if (isAnswer) return void answers.push(reply);
    this.#waiting--;
    if (isPositive(reply)) return;
    if (!isRefusal(reply)) throw connection.fail(misplaced("BDAT", reply));
    this.refused = refusedChunk(reply);
    throw this.refused;
  }

  /**
   * Leaves the message: no chunk is sent any more, but that on its way is finished, and all of them are answered
   * (RFC 3030, section 2).
   *
   * @param refused Why.
   * @returns What to throw: the same, unless the server takes the message all the same.
   */
  async abandon(refused: SmtpError): Promise<SmtpError> {
    const connection = this.#connection;
    const { ended, answers } = this.#progress;
    if (isUnknownCommand(refused.reply)) connection.close();
    try {
      const finals = ended ? this.#due - answers.length : 0;
      for (let left = this.#waiting + finals; left > 0; left--) {
        const reply = await connection.receive(connection.timeouts.command, "BDAT");
        if (left <= finals && !isRefusal(reply)) return connection.fail(misplaced("BDAT", reply));
      }
      if (!await connection.write(null)) connection.close();
    } catch {
      // The connection is closed; what counts is why the message was refused.
    }
    // A message that has lost a chunk is refused for everybody.
    while (ended && refused.reply !== null && answers.length < this.#due) {
      answers.push(refused.reply);
    }
    return refused;
  }

  /** Takes what has been answered, and waits where too much has not. */
  async #room(): Promise<void> {
    while (this.#waiting >= this.#window || this.#connection.disturbed) await this.hear();
  }

  async #send(block: Uint8Array, last: boolean): Promise<void> {
    const connection = this.#connection;
    const { bytes, shown } = bdat(block.length, last);
    connection.tracer.line("client", shown);
    const length = bytes.length + block.length;
    if (this.#frame.length < length) this.#frame = new Uint8Array(length + SLACK);
    this.#frame.set(bytes);
    this.#frame.set(block, bytes.length);
    let written = await connection.write(this.#frame.subarray(0, length));
    while (!written) {
      await this.hear();
      written = await connection.write(null);
    }
  }
}

/**
 * Whether a server that offers CHUNKING turns out not to know BDAT. It takes the chunk for commands then: nothing more may
 * be said to it.
 *
 * @param reply The reply to BDAT.
 * @returns Whether it is 500 or 502.
 */
export function isUnknownCommand(reply: Reply | null): boolean {
  return reply?.code === 500 || reply?.code === 502;
}

function refusedChunk(said: Reply): SmtpError {
  const { message, reply, command } = refusal("send", "BDAT", said);
  const why = isUnknownCommand(said) ? '; it offers CHUNKING, set "chunking" to false' : "";
  return new SmtpError("reply", message + why, { reply, command });
}

function encoderOf(message: Message): ContentEncoder {
  return message.binary ? AS_IT_IS : new DotEncoder(false);
}

function bdat(size: number, last: boolean): Command {
  return command(["BDAT", `${size}`, ...last ? ["LAST"] : []]);
}
