/**
 * AUTH (RFC 4954): an exchange of a SASL mechanism, a line at a time.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { badArguments, challenge, REPLIES, utter, type Utterance } from "../../session/replies.ts";
import type { SaslMechanism, SaslServerExchange, SaslServerStep } from "../../session/sasl/mod.ts";
import { decodeBase64, encodeBase64 } from "../../session/wire/base64.ts";
import { ascii, equalsIgnoreCase, SP } from "../../session/wire/bytes.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Effect, Outcome } from "../connection/outcome.ts";
import type { Command } from "./command.ts";
import { Login, offeredMechanisms } from "../connection/login.ts";

/** AUTH: logs in. */
export const AUTH: Command = {
  verb: "AUTH",
  phases: [Phase.ready],
  syntax: "AUTH mechanism [initial-response]",
  beforeLogin: true,
  run(conversation: Conversation, args: Uint8Array): Outcome | Promise<Outcome> {
    if (conversation.login !== null) return { reply: REPLIES.alreadyAuthenticated };
    if (!conversation.handles("onLogin")) return { reply: REPLIES.notImplemented };
    if (!conversation.mayLogin) return { reply: REPLIES.encryptionNeeded };
    const space = args.indexOf(SP);
    const name = space < 0 ? args : args.subarray(0, space);
    if (name.length === 0) return { reply: badArguments(AUTH.syntax) };
    const mechanism = offeredMechanisms(conversation).find((one) =>
      equalsIgnoreCase(name, ascii(one.name))
    );
    if (mechanism === undefined) return { reply: REPLIES.unknownMechanism };
    const response = space < 0 ? null : initialResponse(args.subarray(space + 1));
    if (response === undefined) return { reply: REPLIES.notBase64 };
    return new Attempt(conversation, mechanism).take(response);
  },
};

/** An initial response of `=` is an empty one; undefined: not base64. */
function initialResponse(text: Uint8Array): Uint8Array | undefined {
  if (text.length === 1 && text[0] === 0x3d) return new Uint8Array();
  return text.length === 0 ? undefined : decodeBase64(text) ?? undefined;
}

/** One AUTH command, from its first response to its verdict. */
class Attempt {
  readonly #conversation: Conversation;
  readonly #login: Login;
  readonly #exchange: SaslServerExchange;

  constructor(conversation: Conversation, mechanism: SaslMechanism) {
    this.#conversation = conversation;
    this.#login = new Login(conversation, mechanism.name);
    this.#exchange = mechanism.server(this.#login.context());
  }

  async take(response: Uint8Array | null): Promise<Outcome> {
    const { service } = this.#conversation;
    try {
      return this.#outcome(await this.#exchange.next(response));
    } catch (error) {
      // Ours do not throw. One of the user's own that does has let nobody in.
      service.fault(error, "AUTH");
      return this.#refused(REPLIES.loginUnavailable);
    }
  }

  #outcome(step: SaslServerStep): Outcome {
    switch (step.kind) {
      case "challenge":
        return {
          reply: challenge(encodeBase64(step.bytes)),
          effect: {
            kind: "ask",
            answer: (line) => step.refused ? this.#afterRefusal(line) : this.#line(line),
          },
        };
      case "malformed":
        return { reply: utter(501, step.code ?? "5.5.2", step.text) };
      case "accepted":
        this.#conversation.login = this.#login.accepted(step.username);
        return { reply: REPLIES.authenticated, effect: this.#login.effect };
      case "unavailable":
        if (step.fault !== undefined) {
          this.#conversation.service.fault(new Error(step.fault), "onLogin");
        }
        return this.#refused(this.#login.fault ?? REPLIES.loginUnavailable);
      case "refused":
        return this.#refused(this.#login.fault ?? REPLIES.loginRefused);
    }
  }

  #line(line: Uint8Array | null): Outcome | Promise<Outcome> {
    if (line === null) return { reply: REPLIES.authLineTooLong };
    if (isCancel(line)) return { reply: REPLIES.authCancelled };
    const response = decodeBase64(line);
    return response === null ? { reply: REPLIES.notBase64 } : this.take(response);
  }

  /** The challenge has said no already: to cancel now is a failed login like any other. */
  #afterRefusal(line: Uint8Array | null): Outcome {
    if (line !== null && isCancel(line)) return this.#refused(REPLIES.authCancelled);
    return this.#refused(this.#login.fault ?? REPLIES.loginRefused);
  }

  /** A temporary failure is not the client's, so it does not count against it. */
  #refused(reply: Utterance): Outcome {
    if (reply.code < 500) return { reply, effect: this.#login.effect, accepted: false };
    const last = ++this.#conversation.failedLogins >=
      this.#conversation.service.options.limits.failedLogins;
    const effect: Effect | undefined = last
      ? { kind: "close", reply: REPLIES.tooManyLogins }
      : this.#login.effect;
    return { reply, effect, accepted: false };
  }
}

function isCancel(line: Uint8Array): boolean {
  return line.length === 1 && line[0] === 0x2a;
}
