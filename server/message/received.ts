/**
 * The `Received` field of the server itself.
 *
 * @module
 */

import { formatReceived } from "../../session/received.ts";
import { encodeUtf8 } from "../../session/wire/bytes.ts";
import { isDomain } from "../../session/wire/domain.ts";
import { addressLiteral } from "../network/addresses.ts";
import type { Conversation } from "../connection/conversation.ts";

/**
 * Makes the field for the message that has just arrived.
 *
 * @param conversation The session.
 * @returns The field, with its CRLF, in a buffer of its own.
 */
export function receivedField(conversation: Conversation): Uint8Array {
  const { serverName, peer, hello, protocol, tls, via, envelope: { rcptTo } } = conversation;
  // A name that works in a greeting, such as one with an underscore, may still be no domain.
  const by = [serverName, addressLiteral(peer.local.ip)].find(isDomain) ?? "localhost";
  const { id, remote: { ip } } = peer;
  return encodeUtf8(formatReceived({ id, ip, hello, protocol, tls, via, rcptTo }, { by }));
}
