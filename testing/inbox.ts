/**
 * What has arrived, and who waits for more.
 *
 * @module
 */

import { checkInteger, checkKeys, show } from "../client/checks.ts";
import { printable } from "../session/wire/escape.ts";
import type { CapturedMessage } from "./message.ts";

/** Which message is wanted, and how long to wait for it. What is not given does not matter. */
export interface MessageFilter {
  /** A recipient of the envelope: the whole address in any case, or a pattern. */
  to?: string | RegExp;
  /** The sender of the envelope: the whole address in any case, or a pattern. */
  from?: string | RegExp;
  /** The subject, decoded: the whole of it, or a pattern. */
  subject?: string | RegExp;
  /** How long to wait, in milliseconds. @default {5000} */
  timeout?: number;
}

/** Somebody who waits for a message. */
interface Waiting {
  readonly filter: MessageFilter;
  /** Ends the wait; null: in vain. */
  end(message: CapturedMessage | null): void;
}

const KNOWN = ["to", "from", "subject", "timeout"];
/** As many messages are named in an error. */
const SHOWN = 10;

/** The messages of one server. */
export class Inbox {
  #messages: CapturedMessage[] = [];
  /** Those that nobody has been given. */
  readonly #unseen = new Set<CapturedMessage>();
  readonly #waiting = new Set<Waiting>();
  #closed = false;

  /** All messages since the last `clear()`, in the order of their arrival. */
  get messages(): readonly CapturedMessage[] {
    return this.#messages;
  }

  /**
   * Takes a message; whoever has waited longest for one like it is given it.
   *
   * @param message The message.
   */
  add(message: CapturedMessage): void {
    this.#messages.push(message);
    for (const waiting of this.#waiting) {
      if (fits(message, waiting.filter)) return waiting.end(message);
    }
    this.#unseen.add(message);
  }

  /**
   * Hands out the first message that fits and that nobody has been given, or waits for it.
   *
   * @param filter Which, and how long.
   * @param hint What else is known, for the error.
   * @returns The message.
   * @throws {TypeError} If the filter has a key that is not known.
   * @throws {Error} If none comes in time, or the server is closed before.
   */
  async next(filter: MessageFilter, hint: () => string): Promise<CapturedMessage> {
    checkKeys("filter", filter, KNOWN);
    const timeout = checkInteger("timeout", filter.timeout ?? 5000, 0, 2 ** 31 - 1);
    for (const message of this.#unseen) {
      if (!fits(message, filter)) continue;
      this.#unseen.delete(message);
      return message;
    }
    // Thrown here and not by the timer, so that its stack leads to the line of the test.
    const message = this.#closed ? null : await this.#wait(filter, timeout);
    if (message !== null) return message;
    const why = this.#closed ? "the server was closed" : `none came within ${timeout} ms`;
    const arrived = `${this.#messages.length} arrived${list(this.#messages)}`;
    throw new Error(`Cannot get a message${wanted(filter)}: ${why}, ${arrived}${hint()}`);
  }

  /** Forgets all messages. Who waits goes on to wait. */
  clear(): void {
    this.#messages = [];
    this.#unseen.clear();
  }

  /** Lets nobody wait any longer. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting) waiting.end(null);
  }

  async #wait(filter: MessageFilter, timeout: number): Promise<CapturedMessage | null> {
    const { promise, resolve } = Promise.withResolvers<CapturedMessage | null>();
    const end = (message: CapturedMessage | null): void => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
      resolve(message);
    };
    const waiting: Waiting = { filter, end };
    const timer = setTimeout(end, timeout, null);
    this.#waiting.add(waiting);
    return await promise;
  }
}

function fits(message: CapturedMessage, { to, from, subject }: MessageFilter): boolean {
  return (to === undefined || message.to.some((address) => isAddress(address, to))) &&
    (from === undefined || isAddress(message.from, from)) &&
    (subject === undefined || matches(message.subject, subject));
}

function isAddress(address: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string"
    ? address.toLowerCase() === wanted.toLowerCase()
    : matches(address, wanted);
}

function matches(text: string, wanted: string | RegExp): boolean {
  // Not test(): a pattern with the flag g would go on where it last stopped.
  return typeof wanted === "string" ? text === wanted : text.search(wanted) >= 0;
}

function wanted({ to, from, subject }: MessageFilter): string {
  return Object.entries({ to, from, subject })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name} ${value instanceof RegExp ? value : show(value)}`)
    .join("");
}

function list(messages: readonly CapturedMessage[]): string {
  if (messages.length === 0) return "";
  const shown = messages.slice(-SHOWN).map(({ from, to, subject }) =>
    `from <${printable(from)}> to ${to.map((one) => `<${printable(one)}>`).join(" ")}, subject ${
      show(subject)
    }`
  );
  const more = messages.length - shown.length;
  return `${more > 0 ? ", the last of them" : ""}: ${shown.join("; ")}`;
}
