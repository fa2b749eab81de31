/**
 * Writes the header by which a proxy says whose connection it passes on
 * ([PROXY protocol](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt), sections 2.1 and 2.2).
 *
 * @module
 */

import { ascii, concat } from "./bytes.ts";
import { formatIp, mapIp, parseIp } from "./ip_address.ts";
import { COMMAND, FAMILY, type ProxyEndpoint, SIGNATURE, STREAM } from "./proxy_header.ts";

/**
 * Writes a header for a connection over TCP. Where one of the addresses is IPv4 and the other IPv6, the former is mapped.
 *
 * @param version The version: 1 is a line of text, 2 is binary.
 * @param source The client.
 * @param destination Where the client reached the proxy.
 * @returns The header.
 * @throws {TypeError} If an address is none.
 */
export function encodeProxyHeader(
  version: 1 | 2,
  source: ProxyEndpoint,
  destination: ProxyEndpoint,
): Uint8Array {
  const addresses = [source, destination].map(({ ip }) => octetsOf(ip));
  const mixed = addresses[0].length !== addresses[1].length;
  const [from, to] = mixed ? addresses.map(mapIp) : addresses;
  if (version === 1) {
    const family = from.length === 4 ? "TCP4" : "TCP6";
    return ascii(
      `PROXY ${family} ${formatIp(from)} ${formatIp(to)} ${source.port} ${destination.port}\r\n`,
    );
  }
  const family = from.length === 4 ? FAMILY.ipv4 : FAMILY.ipv6;
  const fixed = Uint8Array.of(COMMAND.proxy, family << 4 | STREAM, 0, 2 * from.length + 4);
  return concat([SIGNATURE, fixed, from, to, octetsOfPort(source), octetsOfPort(destination)]);
}

function octetsOf(ip: string): Uint8Array {
  const octets = parseIp(ip);
  if (octets === null) throw new TypeError("Cannot write a PROXY header: an address is no IP");
  return octets;
}

function octetsOfPort({ port }: ProxyEndpoint): Uint8Array {
  return Uint8Array.of(port >> 8, port & 0xff);
}
