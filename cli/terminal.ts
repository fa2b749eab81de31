/**
 * Where the command line writes and asks. Nothing else in `cli/` touches the standard streams, but for a message that is
 * read from standard input.
 *
 * @module
 */

import { CliError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";

/** Where a command writes and asks. */
export interface Terminal {
  /** Writes a result: a text as it is, to standard output. No line end is added. */
  out(text: string): void;
  /** Writes for people: a text as it is, to standard error. No line end is added. */
  err(text: string): void;
  /** The width of a line, in characters. */
  readonly columns: number;
  /** Whether standard error is a terminal: whether a line may be drawn again. */
  readonly interactive: boolean;
  /** Whether colours are welcome: both streams are terminals, and `NO_COLOR` is not set. */
  readonly color: boolean;
  /** Asks for a text that is not shown; null where nobody can be asked. */
  promptSecret(text: string): string | null;
}

/**
 * The terminal of this process.
 *
 * @returns Standard output, standard error, and who sits at them.
 */
export function systemTerminal(): Terminal {
  return {
    out: (text): void => write(Deno.stdout, text),
    err: (text): void => write(Deno.stderr, text),
    get columns(): number {
      return columns();
    },
    interactive: Deno.stderr.isTerminal(),
    color: Deno.stdout.isTerminal() && Deno.stderr.isTerminal() && !Deno.noColor,
    promptSecret: ask,
  };
}

/** The question is written to standard output: where that is a file, nobody would see it. */
function ask(text: string): string | null {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) return null;
  // Before the question: what is typed at once would be shown. Raw, since a Ctrl-C that ended the process here would
  // leave a terminal behind that shows nothing.
  Deno.stdin.setRaw(true);
  try {
    write(Deno.stdout, `${text} `);
    return readSecret();
  } finally {
    Deno.stdin.setRaw(false);
    write(Deno.stdout, "\n");
  }
}

/** The keys that mean something where a secret is typed; an arrow or the like is seen to by whoever takes the secret. */
const KEYS = { interrupt: 3, end: 4, backspace: 8, lf: 10, cr: 13, kill: 21, delete: 127 } as const;

/** Reads a line from the terminal, key by key. */
function readSecret(): string | null {
  const octets: number[] = [];
  const key = new Uint8Array(1);
  while (Deno.stdin.readSync(key) !== null) {
    const [octet] = key;
    if (octet === KEYS.lf || octet === KEYS.cr) break;
    if (octet === KEYS.interrupt) throw new CliError(ExitCode.temporary, "Interrupted");
    if (octet === KEYS.end && octets.length === 0) return null;
    if (octet === KEYS.kill) octets.length = 0;
    else if (octet === KEYS.backspace || octet === KEYS.delete) dropLast(octets);
    else octets.push(octet);
  }
  return new TextDecoder().decode(new Uint8Array(octets));
}

/** The last character, of one octet or more (UTF-8). */
function dropLast(octets: number[]): void {
  let last = octets.pop() ?? 0;
  while ((last & 0xc0) === 0x80) last = octets.pop() ?? 0;
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch (error) {
    // Whoever reads has enough, as `head` does: that is no failure of ours.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80; // no terminal
  }
}

/** What a text is, for its colour. */
export type Tone = "error" | "warning" | "good" | "faint";

const CODES: Readonly<Record<Tone, number>> = { error: 31, warning: 33, good: 32, faint: 2 };

/**
 * Colours a text, where colours are welcome.
 *
 * @param terminal Where the text will stand.
 * @param tone What it is.
 * @param text The text.
 * @returns The text, between the codes of the colour.
 */
export function paint(terminal: Terminal, tone: Tone, text: string): string {
  return terminal.color ? `\x1b[${CODES[tone]}m${text}\x1b[0m` : text;
}
