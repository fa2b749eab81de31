/**
 * The header by which the client, as a proxy, says whose connection it passes on
 * ([PROXY protocol](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt)).
 *
 * @module
 */

import type { Channel, Endpoint } from "../session/transport/channel.ts";
import { parseIp } from "../session/wire/ip_address.ts";
import { encodeProxyHeader } from "../session/wire/proxy_encoder.ts";
import { checkInteger, checkKeys, checkMember, checkText, show } from "./checks.ts";

/** Whose connection the client passes on. */
export interface ProxyOptions {
  /** The version of the header: 1 is a line of text, 2 is binary. */
  version: 1 | 2;
  /** The client of the proxy. */
  source: { ip: string; port: number };
  /** Where that client reached the proxy. @default {the server's end of the connection} */
  destination?: { ip: string; port: number };
}

/** The same, checked. */
export interface ProxySettings {
  readonly version: 1 | 2;
  readonly source: Endpoint;
  readonly destination: Endpoint | null;
}

/**
 * Checks the option `proxy`.
 *
 * @param value The value.
 * @returns What it says; null for none.
 * @throws {TypeError} If it is no such option.
 * @throws {RangeError} If a port is out of range.
 */
export function checkProxy(value: unknown): ProxySettings | null {
  if (value === null) return null;
  const known = ["version", "source", "destination"];
  const { version, source, destination } = checkKeys("proxy", value, known);
  return {
    version: checkMember("proxy.version", version, { text: 1, binary: 2 } as const),
    source: checkEndpoint("proxy.source", source),
    destination: destination === undefined ? null : checkEndpoint("proxy.destination", destination),
  };
}

function checkEndpoint(name: string, value: unknown): Endpoint {
  const { ip, port } = checkKeys(name, value, ["ip", "port"]);
  const text = checkText(`${name}.ip`, ip);
  if (parseIp(text) === null) {
    throw new TypeError(`Cannot set "${name}.ip": must be an IP address, got ${show(text)}`);
  }
  return { ip: text, port: checkInteger(`${name}.port`, port, 0, 65_535) };
}

/**
 * Sends the header: the first that the server reads, in clear even where TLS comes next.
 *
 * @param channel The channel, to which nothing was written.
 * @param proxy What to say.
 * @throws {SmtpError} Kind `connection` if the connection was lost.
 */
export async function sendProxyHeader(channel: Channel, proxy: ProxySettings): Promise<void> {
  const { version, source } = proxy;
  const { ip, port } = proxy.destination ?? channel.remote;
  // A unix socket has no address, and that of a link has a zone, which the header cannot say.
  const known = parseIp(ip) !== null;
  const destination = known
    ? { ip, port }
    : { ip: source.ip.includes(":") ? "::" : "0.0.0.0", port: 0 };
  try {
    await channel.write(encodeProxyHeader(version, source, destination));
  } catch (error) {
    channel.close();
    throw error;
  }
}
