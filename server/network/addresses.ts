/**
 * The IP addresses of peers: what lies in a network, what counts as one peer.
 *
 * @module
 */

import ipaddr from "ipaddr.js";

/** A network, as `192.0.2.0/24`, parsed. */
export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Parses a network or a single address.
 *
 * @param text Such as `"192.0.2.0/24"`, `"2001:db8::/32"` or `"192.0.2.1"`.
 * @returns The network.
 * @throws {TypeError} If it is neither.
 */
export function parseNetwork(text: string): Network {
  try {
    if (text.includes("/")) return ipaddr.parseCIDR(text);
    const address = ipaddr.parse(text);
    return [address, address.kind() === "ipv4" ? 32 : 128];
  } catch (cause) {
    throw new TypeError(`Cannot read a network: must be such as "192.0.2.0/24", got "${text}"`, {
      cause,
    });
  }
}

/**
 * Checks the networks of an option.
 *
 * @param option Its name, such as `"trust.proxy"`.
 * @param networks The networks.
 * @throws {TypeError} If one is none.
 */
export function checkNetworks(option: string, networks: readonly string[]): void {
  for (const network of networks) {
    try {
      parseNetwork(network);
    } catch (cause) {
      throw new TypeError(
        `Cannot start: "${option}" must hold networks such as "192.0.2.0/24", got "${network}"`,
        { cause },
      );
    }
  }
}

/**
 * Writes an IPv4 address that came mapped into IPv6 as IPv4, and leaves any other as it is.
 *
 * @param ip The address of a peer.
 * @returns The address, as handlers and logs see it.
 */
export function normalizeIp(ip: string): string {
  return ip.startsWith("::ffff:") && ipaddr.isValid(ip) ? ipaddr.process(ip).toString() : ip;
}

/**
 * Whether an address lies in one of some networks.
 *
 * @param ip The address, normalized.
 * @param networks The networks.
 * @returns True if it does.
 */
export function inNetworks(ip: string, networks: readonly Network[]): boolean {
  if (networks.length === 0 || !ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  return networks.some(([network, bits]) =>
    network.kind() === address.kind() && address.match(network, bits)
  );
}

/**
 * What counts as one peer: an IPv4 address, or the /64 of an IPv6 address.
 *
 * @param ip The address, normalized.
 * @returns A key that equal peers share.
 */
export function peerKey(ip: string): string {
  if (!ip.includes(":") || !ipaddr.isValid(ip)) return ip;
  const address = ipaddr.parse(ip);
  if (address.kind() === "ipv4") return ip;
  return `${
    (address as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16)).join(":")
  }::/64`;
}

/**
 * An address as an address literal (RFC 5321 section 4.1.3).
 *
 * @param ip The address; an IPv4 address may come mapped into IPv6.
 * @returns Such as `[192.0.2.1]` or `[IPv6:2001:db8::1]`.
 */
export function addressLiteral(ip: string): string {
  const plain = normalizeIp(ip);
  return plain.includes(":") ? `[IPv6:${plain}]` : `[${plain}]`;
}
