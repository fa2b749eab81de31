/**
 * The lines of one connection, on their way to the `trace` hook.
 *
 * @module
 */

import { MASK, type TraceLine, traceLine } from "../../session/trace.ts";
import type { Reply } from "../../session/wire/reply.ts";
import { clientLog } from "../log.ts";

/** Gives the lines of a connection to the hook, where there is one. */
export class Tracer {
  readonly #id: number;
  readonly #hook: ((line: TraceLine) => void) | null;

  /**
   * Makes a tracer.
   *
   * @param id Which connection of its client it is, counted from 1.
   * @param hook Given each line; null for none.
   */
  constructor(id: number, hook: ((line: TraceLine) => void) | null) {
    this.#id = id;
    this.#hook = hook;
  }

  /**
   * Gives a line to the hook.
   *
   * @param from Who said it.
   * @param text What was said, secrets masked.
   */
  line(from: TraceLine["from"], text: string): void {
    if (this.#hook === null) return;
    try {
      this.#hook(traceLine(this.#id, from, text));
    } catch (error) {
      // A hook that fails must not cost a message.
      clientLog().warn("The trace hook threw: {error}", { error: String(error) });
    }
  }

  /**
   * Gives the lines of a reply to the hook. A challenge of AUTH is masked: a server could put into it what it has heard.
   *
   * @param reply The reply.
   */
  reply(reply: Reply): void {
    if (this.#hook === null) return;
    const { code, enhanced, lines } = reply;
    const status = enhanced === null ? "" : `${enhanced} `;
    lines.forEach((line, index) => {
      const separator = index < lines.length - 1 ? "-" : " ";
      this.line("server", `${code}${separator}${status}${code === 334 ? MASK : line}`);
    });
  }
}
