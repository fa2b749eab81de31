/**
 * EHLO and HELO (RFC 5321 section 4.1.1.1), LHLO (RFC 2033 section 4.1): the client's name, and a fresh start.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { helo } from "../../session/replies.ts";
import { parseHelloName } from "../../session/wire/domain.ts";
import type { Conversation } from "../connection/conversation.ts";
import { advertised } from "../extensions/mod.ts";
import type { Outcome } from "../connection/outcome.ts";
import { ANY_PHASE, type Command } from "./command.ts";

/** EHLO: greets, and asks what the server can do. */
export const EHLO: Command = {
  verb: "EHLO",
  protocol: "smtp",
  phases: ANY_PHASE,
  syntax: "EHLO domain",
  beforeLogin: true,
  beforeTls: true,
  run: greet,
};

/** LHLO: what EHLO is in LMTP. */
export const LHLO: Command = { ...EHLO, verb: "LHLO", protocol: "lmtp", syntax: "LHLO domain" };

/** HELO: greets without extensions. */
export const HELO: Command = {
  verb: "HELO",
  protocol: "smtp",
  phases: ANY_PHASE,
  syntax: "HELO domain",
  beforeLogin: true,
  run(conversation: Conversation, args: Uint8Array): Outcome {
    conversation.greet(parseHelloName(args), false);
    return { reply: helo(conversation.serverName), phase: Phase.ready };
  },
};

function greet(conversation: Conversation, args: Uint8Array): Outcome {
  conversation.greet(parseHelloName(args), true);
  const { service, serverName } = conversation;
  const reply = service.phrases.ehlo(serverName, advertised(conversation));
  return { reply, phase: Phase.ready };
}
