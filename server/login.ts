/**
 * A login under way: what the client says, and what the login handler says of it.
 *
 * @module
 */

import { REPLIES, type Utterance } from "../session/replies.ts";
import type { LoginAnswer, LoginRequest } from "../session/sasl/mod.ts";
import type { Conversation, LoggedIn } from "./conversation.ts";
import type { Effect } from "./outcome.ts";
import { judge } from "./verdict.ts";

/** One attempt to log in. */
export class Login {
  readonly #conversation: Conversation;
  readonly #mechanism: string;
  #password: string | null = null;
  /** The handler's own reply, or that to a fault of the handler; null where it gave a plain verdict. */
  fault: Utterance | null = null;
  /** What the handler wants done with the connection; undefined: nothing. */
  effect: Effect | undefined = undefined;

  /**
   * Makes an attempt.
   *
   * @param conversation The session that it is part of.
   * @param mechanism The SASL mechanism.
   */
  constructor(conversation: Conversation, mechanism: string) {
    this.#conversation = conversation;
    this.#mechanism = mechanism;
  }

  /**
   * Asks the login handler.
   *
   * @param request What the client said.
   * @returns The handler's answer; a handler that failed has not authenticated anybody.
   */
  async ask(request: LoginRequest): Promise<LoginAnswer> {
    const { username, password } = request;
    this.#password = password;
    const login = { mechanism: this.#mechanism, username, password };
    const answer = await this.#conversation.ask("onLogin", null, login);
    const { verdict, secret, fault, reply } = answer;
    const judged = judge("onLogin", answer);
    this.effect = judged.effect;
    if (fault !== null || reply !== null) {
      this.fault = judged.reply;
      return { authenticated: false, secret: null };
    }
    if (verdict === null && secret === null) this.fault = REPLIES.loginUnavailable;
    return { authenticated: verdict, secret };
  }

  /**
   * Who is logged in, once the mechanism has accepted.
   *
   * @param username The name.
   * @returns What the session keeps.
   */
  accepted(username: string): LoggedIn {
    return { mechanism: this.#mechanism, username, password: this.#password };
  }
}
