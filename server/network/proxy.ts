/**
 * Connections that trusted proxies pass on: their header is read before anything else is said
 * ([PROXY protocol](https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt)).
 *
 * @module
 */

import { SmtpError } from "../../session/errors.ts";
import type { Channel } from "../../session/transport/channel.ts";
import type { DeadlineHolder } from "../../session/transport/deadlines.ts";
import { unread } from "../../session/transport/unread.ts";
import { encodeBase64 } from "../../session/wire/base64.ts";
import { type DecodedProxy, ProxyDecoder } from "../../session/wire/proxy_decoder.ts";
import { inNetworks, type Network, normalizeIp, parseNetwork } from "./addresses.ts";
import type { Peer, Service } from "../service.ts";

/** A connection once it is known whose it is. */
export interface Arrival {
  /** The channel, its PROXY header taken off. */
  readonly channel: Channel;
  /** Who is at the other end. */
  readonly ends: Omit<Peer, "id">;
}

/** Reads the headers of the proxies that are trusted. */
export class ProxyHeaders {
  readonly #service: Service;
  readonly #networks: readonly Network[];
  readonly #pending = new Map<PendingHeader, Promise<void>>();

  /**
   * Makes a reader that trusts whom the options name.
   *
   * @param service The server.
   */
  constructor(service: Service) {
    this.#service = service;
    this.#networks = service.options.trust.proxy.map(parseNetwork);
  }

  /**
   * Whether a peer is a proxy that must send a header.
   *
   * @param ip The peer's address, normalized.
   * @returns Whether it is.
   */
  expects(ip: string): boolean {
    return this.#networks.length > 0 && inNetworks(ip, this.#networks);
  }

  /**
   * Reads the header of a connection. One without a right header in time is closed, as are those past the greatest number
   * of connections.
   *
   * @param channel The channel, from which nothing was read.
   * @param arrived Told of the connection behind the header.
   */
  read(channel: Channel, arrived: (arrival: Arrival) => void | Promise<void>): void {
    const { deadlines, options } = this.#service;
    if (this.#pending.size >= options.maxConnections) return channel.close();
    const pending = new PendingHeader(channel);
    deadlines.add(pending);
    pending.deadline = deadlines.now + options.timeouts.proxyHeader;
    this.#pending.set(pending, this.#take(pending, arrived));
  }

  /** Closes the connections whose headers are waited for. */
  async close(): Promise<void> {
    for (const { channel } of this.#pending.keys()) channel.close();
    await Promise.all(this.#pending.values());
  }

  async #take(
    pending: PendingHeader,
    arrived: (arrival: Arrival) => void | Promise<void>,
  ): Promise<void> {
    const { channel } = pending;
    const { deadlines, fault, lost } = this.#service;
    try {
      const decoded = await pending.read();
      deadlines.delete(pending);
      await arrived(arrivalOf(channel, decoded));
    } catch (error) {
      channel.close();
      if (!(error instanceof SmtpError)) fault(error, "accept");
      else lost(error, { id: 0, remote: channel.remote, local: channel.local });
    } finally {
      deadlines.delete(pending);
      this.#pending.delete(pending);
    }
  }
}

/** A header on its way. */
class PendingHeader implements DeadlineHolder {
  deadline = 0;
  readonly channel: Channel;
  #late = false;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  expire(): void {
    this.#late = true;
    this.channel.close();
  }

  /** @throws {SmtpError} If there is none, or it is wrong. */
  async read(): Promise<DecodedProxy> {
    const decoder = new ProxyDecoder();
    for (;;) {
      const chunk = await this.channel.read().catch((error) => {
        throw this.#late ? wrong("Cannot read a PROXY header: none has come in time") : error;
      });
      if (chunk === null) {
        throw new SmtpError("connection", "Cannot read a PROXY header: the connection has ended");
      }
      const decoded = decode(decoder, chunk);
      if (decoded !== null) return decoded;
    }
  }
}

function decode(decoder: ProxyDecoder, chunk: Uint8Array): DecodedProxy | null {
  try {
    return decoder.decode(chunk);
  } catch (error) {
    throw wrong((error as SyntaxError).message);
  }
}

/** Worth a warning: the server and a proxy of its own do not agree. */
function wrong(message: string): SmtpError {
  return new SmtpError("protocol", message);
}

function arrivalOf(below: Channel, { header, rest }: DecodedProxy): Arrival {
  const { version, source, destination, items } = header;
  const proxy = {
    version,
    remote: { ip: normalizeIp(below.remote.ip), port: below.remote.port },
    local: destination,
    tlvs: items.map(({ type, value }) => ({ type, value: encodeBase64(value) })),
  };
  const remote = source === null ? proxy.remote : { ...source, ip: normalizeIp(source.ip) };
  const channel = unread(below, rest);
  return { channel, ends: { remote, local: destination ?? below.local, proxy } };
}
