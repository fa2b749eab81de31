/**
 * Replies that hold the server's name: said to every client in the same words, and so made once.
 *
 * @module
 */

import { ehlo, greeting, type Utterance } from "../../session/replies.ts";

/** How many different ones are kept: a server has one name for each address that it is reached by, at the most. */
const MOST = 64;

/** The greetings of one server. */
export class Phrases {
  readonly #known = new Map<string, Utterance>();

  /**
   * The greeting (RFC 5321 section 4.3.1).
   *
   * @param name The server's name.
   * @param lmtp Whether it speaks LMTP; the same at each call.
   * @returns The reply.
   */
  greeting(name: string, lmtp: boolean): Utterance {
    return this.#known.get(name) ?? this.#keep(name, greeting(name, lmtp));
  }

  /**
   * The answer to EHLO (RFC 5321 section 4.1.1.1).
   *
   * @param name The server's name.
   * @param keywords One line for each extension.
   * @returns The reply.
   */
  ehlo(name: string, keywords: readonly string[]): Utterance {
    const key = `${name}\n${keywords.join("\n")}`;
    return this.#known.get(key) ?? this.#keep(key, ehlo(name, keywords));
  }

  #keep(key: string, phrase: Utterance): Utterance {
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(key, phrase);
    return phrase;
  }
}
