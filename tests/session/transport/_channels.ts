/** Pairs of channels, counters and external programs for the tests of this folder. */

import { fail } from "@std/assert";
import type { Channel } from "../../../session/transport/channel.ts";
import { channelPair } from "../../../session/transport/memory.ts";
import { tcpChannel } from "../../../session/transport/tcp.ts";
import { TlsChannel } from "../../../session/transport/tls_channel.ts";
import {
  type ClientTlsOptions,
  createServerContext,
  type ServerContextOptions,
  type ServerTlsOptions,
  upgradeClient,
  upgradeServer,
} from "../../../session/transport/tls.ts";
import { certificates } from "../../helpers/certificates.ts";

/** A client's channel and the server's end of it. */
export type Pair = [client: Channel, server: Channel];

/** Two ends of a TCP connection over the loopback interface. */
export async function tcpPair(): Promise<Pair> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const [client, server] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  return [tcpChannel(client), tcpChannel(server)];
}

/** The ways to make a pair, by name. */
export const PAIRS: ReadonlyArray<readonly [string, () => Pair | Promise<Pair>]> = [
  ["memory", channelPair],
  ["TCP", tcpPair],
];

/** Counts what passes through a channel, and knows whether it was closed. */
export class Counted implements Channel {
  readonly inner: Channel;
  taken = 0;
  given = 0;
  closed = false;
  /** Called with the octets read, before whoever reads has them. */
  onRead: (bytes: Uint8Array | null) => Uint8Array | null = (bytes) => bytes;

  constructor(inner: Channel) {
    this.inner = inner;
  }
  get remote(): Channel["remote"] {
    return this.inner.remote;
  }
  get local(): Channel["local"] {
    return this.inner.local;
  }
  get tls(): Channel["tls"] {
    return this.inner.tls;
  }
  get bulk(): boolean {
    return this.inner.bulk;
  }
  set bulk(bulk: boolean) {
    this.inner.bulk = bulk;
  }
  async read(): Promise<Uint8Array | null> {
    const bytes = await this.inner.read();
    this.taken += bytes?.length ?? 0;
    return this.onRead(bytes);
  }
  async write(bytes: Uint8Array): Promise<void> {
    await this.inner.write(bytes);
    this.given += bytes.length;
  }
  closeWrite(): Promise<void> {
    return this.inner.closeWrite();
  }
  close(): void {
    this.closed = true;
    this.inner.close();
  }
}

/** Server options for the test certificate; anything may be said otherwise. */
export async function serverOptions(
  context: Partial<ServerContextOptions> = {},
  options: Partial<ServerTlsOptions> = {},
): Promise<ServerTlsOptions> {
  const { server } = await certificates();
  return {
    context: createServerContext({ ...server, ...context }),
    requestCert: false,
    rejectUnauthorized: false,
    handshakeTimeout: 10_000,
    ...options,
  };
}

/** Client options that trust the test authority and expect `mail.test`; anything may be said otherwise. */
export async function clientOptions(
  options: Partial<ClientTlsOptions> = {},
): Promise<ClientTlsOptions> {
  const { ca } = await certificates();
  return {
    servername: "mail.test",
    verify: true,
    ca: [ca.cert],
    legacyRenegotiation: false,
    timeout: 10_000,
    ...options,
  };
}

/** Both ends of a TLS connection, over a pair. */
export async function tlsPair(
  pair: Pair,
  server: ServerTlsOptions,
  client: ClientTlsOptions,
): Promise<Pair> {
  return await Promise.all([upgradeClient(pair[0], client), upgradeServer(pair[1], server)]);
}

/** Both outcomes of a handshake; every channel that it left open is closed. */
export async function handshakes(
  pair: Pair,
  server: ServerTlsOptions,
  client: ClientTlsOptions,
): Promise<[client: unknown, server: unknown]> {
  const outcomes = await Promise.all([
    upgradeClient(pair[0], client).catch((error) => error),
    upgradeServer(pair[1], server).catch((error) => error),
  ]);
  for (const outcome of outcomes) if (!(outcome instanceof Error)) outcome.close();
  return [outcomes[0], outcomes[1]];
}

/** Whether a TLS channel has let go of its engine's stream. */
export function released(channel: Channel): boolean {
  if (!(channel instanceof TlsChannel)) fail("not a TLS channel");
  return channel.gate.duplex.destroyed;
}

/** Reads all until the end. */
export async function readAll(channel: Channel): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await channel.read(); part !== null; part = await channel.read()) {
    parts.push(part.slice());
    length += part.length;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Reads exactly so many octets, or fails. */
export async function readText(channel: Channel, length: number): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  while (text.length < length) {
    const part = await channel.read();
    if (part === null) fail(`the end after ${JSON.stringify(text)}`);
    text += decoder.decode(part, { stream: true });
  }
  return text;
}

/** Octets that do not repeat early, and are the same each time. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = 12345;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** ASCII text as octets. */
export function octets(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Whether a program can be run here. */
export async function hasProgram(name: string): Promise<boolean> {
  try {
    const probe = new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" });
    await probe.output();
    return true;
  } catch {
    return false;
  }
}
