// A connection of a server without its listener: over a pair of channels in memory.

import { Connection } from "../../server/connection/connection.ts";
import { OctetBudget } from "../../server/message/body.ts";
import { Handlers } from "../../server/handler_pool/mod.ts";
import type { ServerOptions } from "../../server/options.ts";
import { Phrases } from "../../server/connection/phrases.ts";
import { resolveOptions } from "../../server/resolve.ts";
import type { Service } from "../../server/service.ts";
import { BufferPool } from "../../session/transport/buffer_pool.ts";
import { Deadlines } from "../../session/transport/deadlines.ts";
import { channelPair } from "../../session/transport/memory.ts";
import { testOptions } from "./dialogue.ts";
import { text } from "./split.ts";

/** What connections share, and what was told of them. */
export interface TestService extends Service {
  /** Every fault. */
  readonly faults: string[];
  /** Every connection that was lost. */
  readonly losses: string[];
}

/** Makes what connections share, of options like a server's. Only function handlers. */
export function makeService(given: ServerOptions = {}): TestService {
  const options = resolveOptions(testOptions(given), false);
  const buffers = new BufferPool();
  const faults: string[] = [];
  const losses: string[] = [];
  return {
    options,
    handlers: new Handlers({
      handlers: testOptions(given),
      poolSize: 1,
      deadline: options.timeouts.handler,
      mainModule: import.meta.url,
      buffers,
      onFault: (script, event, reason) => void faults.push(`${script} ${event}: ${reason}`),
      onLog: () => {},
    }),
    phrases: new Phrases(),
    budget: new OctetBudget(options.limits.octetsInFlight),
    buffers,
    deadlines: new Deadlines(100),
    tls: null,
    telemetry: null,
    trace: given.trace ?? null,
    lost: (error) => void losses.push(error.message),
    fault: (error, where) => void faults.push(`${where}: ${error}`),
    faults,
    losses,
  };
}

/** How a client of {@linkcode converse} ends: it lets the server have the last word, or is gone at once. */
export type Ending = "close" | "reset";

/**
 * Sends chunks over a new connection, each of which the server reads by itself, and gives all that it replied.
 *
 * @param chunks What to send.
 * @param service What the connection shares with others.
 * @param ending How the client ends.
 * @returns The replies as text; what was sent before a reset may be missing.
 */
export async function converse(
  chunks: readonly Uint8Array[],
  service: Service,
  ending: Ending = "close",
): Promise<string> {
  const [client, end] = channelPair();
  const peer = { id: 1, remote: end.remote, local: end.local };
  const running = new Connection(end, peer, service).run();
  const reading = ending === "close" ? readAll(() => client.read()) : Promise.resolve("");
  try {
    for (const chunk of chunks) if (chunk.length > 0) await client.write(chunk);
    if (ending === "close") await client.closeWrite();
  } catch {
    // The server has had enough.
  }
  const replies = await reading;
  client.close();
  await running;
  return replies;
}

async function readAll(read: () => Promise<Uint8Array | null>): Promise<string> {
  let all = "";
  for (let chunk = await read(); chunk !== null; chunk = await read()) all += text(chunk);
  return all;
}
