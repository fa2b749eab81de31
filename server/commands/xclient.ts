/**
 * [XCLIENT](https://www.postfix.org/XCLIENT_README.html): a trusted peer speaks for a client from now on.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { REPLIES } from "../../session/replies.ts";
import {
  type Attributes,
  parseAttributes,
  UNAVAILABLE,
  XCLIENT_ATTRIBUTES,
} from "../../session/wire/attributes.ts";
import { parseDecimalText } from "../../session/wire/bytes.ts";
import { normalizeIp } from "../network/addresses.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import { whenDone } from "../connection/when_done.ts";
import type { Peer } from "../service.ts";
import { welcome } from "../connection/welcome.ts";
import type { Command } from "./command.ts";

/** What does not outlive the next XCLIENT, unless that has it again. */
const OF_ONE_SESSION = ["HELO", "PROTO", "LOGIN"];
/** The address of a client of which it is not known: no network holds it. */
const NO_ADDRESS = "unknown";

/** XCLIENT: the session begins anew as that of the client, with the greeting. */
export const XCLIENT: Command = {
  verb: "XCLIENT",
  phases: [Phase.connected, Phase.ready],
  syntax: "XCLIENT name=value...",
  beforeLogin: true,
  run(conversation: Conversation, args: Uint8Array): Outcome | Promise<Outcome> {
    if (!conversation.trusts("xclient")) return { reply: REPLIES.notAuthorized };
    const { peer } = conversation;
    const attributes = { ...kept(peer), ...parseAttributes(args, XCLIENT_ATTRIBUTES) };
    const next = conversation.restart(speakingFor(peer, attributes));
    const username = given(attributes.LOGIN);
    if (username !== undefined) {
      next.login = {
        ...{ mechanism: XCLIENT.verb, username },
        ...{ password: null, token: null, authzid: null },
      };
    }
    return whenDone(welcome(next), ({ reply, phase, effect }) => {
      if (phase !== undefined) next.phase = phase;
      return { reply, effect: { kind: "restart", conversation: next, effect } };
    });
  },
};

function kept({ xclient }: Peer): Attributes {
  const before = Object.entries(xclient?.attributes ?? {});
  return Object.fromEntries(before.filter(([name]) => !OF_ONE_SESSION.includes(name)));
}

function speakingFor(peer: Peer, attributes: Attributes): Peer {
  const by = peer.xclient?.by ?? peer;
  const { ADDR: ip, PORT: port, DESTADDR: localIp, DESTPORT: localPort } = attributes;
  const remote = {
    ip: ip === undefined ? by.remote.ip : normalizeIp(given(ip) ?? NO_ADDRESS),
    port: port === undefined ? by.remote.port : portOf(port),
  };
  const local = {
    ip: normalizeIp(given(localIp) ?? by.local.ip),
    port: localPort === undefined ? by.local.port : portOf(localPort),
  };
  const xclient = { attributes, by: { remote: by.remote, local: by.local } };
  return { ...peer, remote, local, xclient };
}

/** The port; 0 where it is not known. */
function portOf(value: string): number {
  return Math.max(0, parseDecimalText(value, 5));
}

function given(value: string | undefined): string | undefined {
  return value === UNAVAILABLE ? undefined : value;
}
