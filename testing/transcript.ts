/**
 * What was said in each session.
 *
 * @module
 */

import type { TraceLine } from "../session/trace.ts";

/** A session of so many lines is a load test; what comes after them is not kept. */
const MOST_LINES = 10_000;

/** The dialogue of one session, secrets masked. */
export class Transcript {
  /** The number of the session, counted from 1. */
  readonly session: number;
  /** Its lines, in order: at most 10,000. */
  readonly lines: readonly TraceLine[];

  /**
   * Makes a transcript.
   *
   * @param session The number of the session.
   * @param lines Its lines; more may be added.
   */
  constructor(session: number, lines: readonly TraceLine[]) {
    this.session = session;
    this.lines = lines;
  }

  /**
   * The dialogue as text, one line each: `C: ` before what the client said, `S: ` before what the server said, and in
   * square brackets what was no line of the protocol.
   */
  get text(): string {
    return this.lines.map(({ from, text }) => `${from === "client" ? "C" : "S"}: ${text}\n`).join(
      "",
    );
  }
}

/** The dialogues of one server. */
export class Transcripts {
  readonly #lines = new Map<number, TraceLine[]>();

  /**
   * Adds a line to its session.
   *
   * @param line The line.
   */
  add(line: TraceLine): void {
    const lines = this.#lines.get(line.connection);
    if (lines === undefined) this.#lines.set(line.connection, [line]);
    else if (lines.length < MOST_LINES) lines.push(line);
  }

  /** The sessions since the last `clear()`, in the order of their beginning. */
  get sessions(): readonly Transcript[] {
    return [...this.#lines].map(([session, lines]) => new Transcript(session, lines));
  }

  /** Forgets all lines. */
  clear(): void {
    this.#lines.clear();
  }
}
