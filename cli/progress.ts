/**
 * The progress bar.
 *
 * @module
 */

import type { Terminal } from "./terminal.ts";

/** A MiB: a message of fewer octets goes out before a bar could be read. */
const MIB = 1024 * 1024;

/** The longest bar, in characters. */
const LONGEST = 40;

/** To the start of the line, and nothing on it. */
const CLEAR = "\r\x1b[K";

/** Shows how far a large message has got, on one line that is drawn again; nothing where nobody could see it. */
export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #wanted: boolean;
  /** How far it was when the line was drawn, in hundredths or in MiB; null before that. */
  #drawn: number | null = null;

  /**
   * Makes a bar, which is not shown yet.
   *
   * @param terminal Where it will be shown.
   * @param wanted Whether it may be shown.
   */
  constructor(terminal: Terminal, wanted: boolean) {
    this.#terminal = terminal;
    this.#wanted = wanted && terminal.interactive;
  }

  /**
   * Shows how far it is, where that is at least a hundredth, or a MiB, more than is shown.
   *
   * @param sent The octets so far.
   * @param total The octets of the whole message; null where nobody knows.
   */
  update(sent: number, total: number | null): void {
    if (!this.#wanted || (total ?? sent) < MIB) return;
    const step = Math.floor(total === null ? sent / MIB : 100 * sent / total);
    if (step === this.#drawn) return;
    this.#drawn = step;
    this.#terminal.err(`${CLEAR}${formatProgress(sent, total, this.#terminal.columns)}`);
  }

  /** Leaves an empty line. */
  end(): void {
    if (this.#drawn !== null) this.#terminal.err(CLEAR);
    this.#drawn = null;
  }
}

/**
 * How far a message is, on one line.
 *
 * @param sent The octets so far.
 * @param total The octets of the whole message; null where nobody knows.
 * @param columns The width of the line, in characters.
 * @returns Such as `Sending [=====>     ]  45 %, 11.3 of 25.0 MiB`, shorter than the line.
 */
export function formatProgress(sent: number, total: number | null, columns: number): string {
  if (total === null) return `Sending, ${mebioctets(sent)} MiB so far`.slice(0, columns - 1);
  const share = total === 0 ? 1 : Math.min(sent / total, 1);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  const size = mebioctets(total);
  const text = share === 1
    ? `${percent} %, waiting for the server's reply`
    : `${percent} %, ${mebioctets(sent).padStart(size.length)} of ${size} MiB`;
  const room = Math.min(LONGEST, columns - text.length - "Sending [] ".length - 1);
  if (room < 5) return `Sending ${text}`.slice(0, columns - 1);
  const done = Math.floor(share * room);
  const bar = `${"=".repeat(done)}${done < room ? ">" : ""}`.padEnd(room);
  return `Sending [${bar}] ${text}`;
}

function mebioctets(octets: number): string {
  return (octets / MIB).toFixed(1);
}
