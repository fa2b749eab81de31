/**
 * A login under way: what the client says, and what the login handler says of it.
 *
 * @module
 */

import { REPLIES, type Utterance } from "../../session/replies.ts";
import type {
  LoginAnswer,
  LoginRequest,
  SaslMechanism,
  SaslServerContext,
} from "../../session/sasl/mod.ts";
import type { Conversation, LoggedIn } from "./conversation.ts";
import type { Effect } from "./outcome.ts";
import { judge } from "./verdict.ts";

/**
 * The mechanisms that a client may use as the connection is: none in clear, unless `auth.insecure` says otherwise; one
 * that binds to the TLS session or takes a client certificate only where there is that.
 *
 * @param conversation The session.
 * @returns The mechanisms, in the order of the option.
 */
export function offeredMechanisms(conversation: Conversation): readonly SaslMechanism[] {
  if (!conversation.handles("onLogin") || !conversation.mayLogin) return [];
  const { tls, service } = conversation;
  return service.options.mechanisms.filter(({ needs, binding }) =>
    (needs !== "certificate" || verifiedCertificate(tls) !== null) &&
    (!binding || (tls?.serverEndPoint ?? null) !== null)
  );
}

function verifiedCertificate(tls: Conversation["tls"]): SaslServerContext["certificate"] {
  return tls?.authorized ? tls.peerCertificate : null;
}

/** One attempt to log in. */
export class Login {
  readonly #conversation: Conversation;
  readonly #mechanism: string;
  #request: LoginRequest | null = null;
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
   * What the mechanism may ask of the server.
   *
   * @returns The facts, and the way to the login handler.
   */
  context(): SaslServerContext {
    const conversation = this.#conversation;
    const { tls, service: { options } } = conversation;
    return {
      hostname: conversation.serverName,
      channelBinding: tls?.serverEndPoint ?? null,
      offersBinding: offeredMechanisms(conversation).some(({ name }) =>
        name === `${this.#mechanism}-PLUS`
      ),
      certificate: verifiedCertificate(tls),
      decoyKey: options.decoyKey,
      iterations: options.iterations,
      login: (request) => this.#ask(request),
    };
  }

  /**
   * Asks the login handler. One that failed has not authenticated anybody; one that puts off has not said no.
   */
  async #ask(request: LoginRequest): Promise<LoginAnswer> {
    const { username, password, token, authzid } = request;
    this.#request = request;
    const login = { mechanism: this.#mechanism, username, password, token, authzid };
    const answer = await this.#conversation.ask("onLogin", null, login);
    const { verdict, secret, fault, reply } = answer;
    const judged = judge("onLogin", answer);
    this.effect = judged.effect;
    if (fault !== null || reply !== null) {
      this.fault = judged.reply;
      return { authenticated: judged.reply.code < 500 ? null : false, secret: null };
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
    const { password = null, token = null, authzid = null } = this.#request ?? {};
    return { mechanism: this.#mechanism, username, password, token, authzid };
  }
}
