/**
 * Which peers are believed when they speak for a client.
 *
 * @module
 */

import { checkNetworks, inNetworks, parseNetwork } from "./addresses.ts";

/**
 * The networks, such as `"192.0.2.0/24"` or `"::1"`, whose peers are believed when they say whom they speak for. Only such
 * belong here as no client can connect from.
 */
export interface TrustOptions {
  /**
   * Proxies. Each of their connections must begin with a header of the
   * [PROXY protocol](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt), version 1 or 2, before TLS and the
   * greeting. What they say counts for everything else here: `xclient` and `xforward` mean clients behind a proxy.
   * @default {[]}
   */
  proxy?: readonly string[];
  /**
   * Who may speak for another client, by the command [XCLIENT](https://www.postfix.org/XCLIENT_README.html). The session then
   * begins anew, with `onConnect` and the greeting, and goes by what was said: `ip`, `port`, `hello` (whatever EHLO says
   * afterwards) and, for `LOGIN`, `username`. An address that is said to be unavailable is `"unknown"`. TLS stays; STARTTLS
   * forgets what was said in clear. The limits on connections go on counting the peer itself. A peer that
   * passes on all that its clients say lets them say XCLIENT, too: it must not.
   * @default {[]}
   */
  xclient?: readonly string[];
  /**
   * Who may tell where the next message comes from, by the command
   * [XFORWARD](https://www.postfix.org/XFORWARD_README.html): handlers see it in `session.via`, and nothing else changes.
   * @default {[]}
   */
  xforward?: readonly string[];
}

/**
 * Checks the networks.
 *
 * @param trust The option.
 * @returns Every list.
 * @throws {TypeError} If one holds what is no network.
 */
export function resolveTrust(trust: TrustOptions = {}): Readonly<Required<TrustOptions>> {
  const { proxy = [], xclient = [], xforward = [] } = trust;
  checkNetworks("trust.proxy", proxy);
  checkNetworks("trust.xclient", xclient);
  checkNetworks("trust.xforward", xforward);
  return { proxy: [...proxy], xclient: [...xclient], xforward: [...xforward] };
}

/**
 * Whether a peer is in one of some networks. They are parsed each time: most servers have none.
 *
 * @param ip The address of the peer.
 * @param networks The networks.
 * @returns Whether it is.
 */
export function isTrusted(ip: string, networks: readonly string[]): boolean {
  return networks.length > 0 && inNetworks(ip, networks.map(parseNetwork));
}
