/**
 * A server whose clients come some other way than by a port: over channels that exist already, in memory above all.
 *
 * @module
 */

import type { Channel } from "../session/transport/channel.ts";
import { INTERNALS } from "./internals.ts";
import type { Server } from "./server.ts";

/**
 * Starts a server that opens no port, and so needs no permission for the network. Its `addr` stays null, and `threads`
 * does not matter.
 *
 * @param server The server.
 * @throws {TypeError} As `server.start()` does.
 */
export function startWithoutListener(server: Server): Promise<void> {
  return server[INTERNALS].start({ listen: false });
}

/**
 * Gives a server a channel as if it had been accepted: the limits on connections hold, and TLS comes first where it does
 * so on the server's port. A server that listens takes channels too, unless it has several `threads`.
 *
 * @param server A server that runs.
 * @param channel The server's end; it belongs to the server from now on.
 * @throws {Error} If the server does not run, is stopping, or has its connections in threads of their own.
 *
 * @example A session in memory
 * ```ts
 * import { Server } from "@infinity/smtp/server";
 * import { assertEquals } from "@std/assert";
 * import { channelPair } from "../session/transport/memory.ts";
 * import { acceptChannel, startWithoutListener } from "./accept.ts";
 *
 * await using server = new Server({ name: "mx.example.org" });
 * server.onReceive = (session) => {
 *   session.received = true;
 * };
 * await startWithoutListener(server);
 * const [client, ours] = channelPair();
 * acceptChannel(server, ours);
 * assertEquals(new TextDecoder().decode(await client.read() ?? undefined), "220 mx.example.org ESMTP\r\n");
 * client.close();
 * ```
 */
export function acceptChannel(server: Server, channel: Channel): void {
  server[INTERNALS].accept(channel);
}
