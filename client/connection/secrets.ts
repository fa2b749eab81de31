/**
 * What a client has said that nobody may see, taken out of what a server says back: some quote a command that
 * they do not understand, and such a reply goes into traces, errors and logs.
 *
 * @module
 */

import { MASK } from "../../session/trace.ts";
import type { Reply } from "../../session/wire/reply.ts";

/** A shorter text stands in many a reply by chance, and a mask would tell where. */
const SHORTEST = 4;

/** The secrets that were said on one connection. */
export class Secrets {
  readonly #texts = new Set<string>();

  /**
   * Notes a secret.
   *
   * @param text The secret, as it may come back.
   */
  add(text: string): void {
    if (text.length >= SHORTEST) this.#texts.add(text);
  }

  /**
   * Masks a secret no longer, because it is also a word that may stand anywhere.
   *
   * @param text The secret.
   */
  delete(text: string): void {
    this.#texts.delete(text);
  }

  /**
   * Masks the secrets in a text.
   *
   * @param text The text.
   * @returns The text without them.
   */
  mask(text: string): string {
    let masked = text;
    for (const secret of this.#texts) masked = masked.replaceAll(secret, MASK);
    return masked;
  }

  /**
   * Masks the secrets in a reply.
   *
   * @param reply The reply.
   * @returns The same where it holds none. A challenge (334) is left as it is: it has to be answered, and is never shown.
   */
  maskReply(reply: Reply): Reply {
    if (this.#texts.size === 0 || reply.code === 334) return reply;
    const lines = reply.lines.map((line) => this.mask(line));
    return lines.some((line, i) => line !== reply.lines[i]) ? { ...reply, lines } : reply;
  }
}
