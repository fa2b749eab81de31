/**
 * How a client reaches its server: by TCP or a Unix socket, unless the test harness gives it another way.
 *
 * @module
 */

import type { Channel } from "../session/transport/channel.ts";
import { connectTcp, type ConnectTcpOptions, connectUnix } from "../session/transport/tcp.ts";
import type { ClientOptions } from "./options.ts";

/** Makes the channel below a session. */
export type Dial = (options: ConnectTcpOptions) => Promise<Channel>;

/** The key under which options hold another way than these; no name, so that no user has to know it. */
export const DIAL: unique symbol = Symbol("dial");

/**
 * The way that a client takes.
 *
 * @param options The client's options.
 * @param path The Unix socket that they name, if they do.
 * @returns What they hold under {@linkcode DIAL}, else that socket, else TCP.
 */
export function dialOf(
  options: ClientOptions & { [DIAL]?: Dial },
  path: string | null = null,
): Dial {
  return options[DIAL] ?? (path === null ? connectTcp : () => connectUnix(path));
}
