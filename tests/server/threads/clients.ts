// Many clients at once, so that the system gives some to each thread.

import { assert } from "@std/assert";
import type { Server } from "../../../server/mod.ts";
import type { Channel } from "../../../session/transport/channel.ts";
import { connectTo } from "../../helpers/dialogue.ts";
import { octets, text } from "../../helpers/split.ts";

/** Connects so many times at once; the connections, and the first line that each got. */
export async function connectMany(server: Server, count: number): Promise<[Channel, string][]> {
  return await Promise.all(Array.from({ length: count }, async () => {
    const channel = await connectTo(server);
    return [channel, await until(channel, "\r\n")] as [Channel, string];
  }));
}

/** Connects so many times at once, says the same in each, and reads until a reply has come. */
export async function reachMany(
  server: Server,
  count: number,
  commands: string,
  reply: string,
): Promise<Channel[]> {
  return await Promise.all(Array.from({ length: count }, async () => {
    const channel = await connectTo(server);
    await channel.write(octets(commands));
    await until(channel, reply);
    return channel;
  }));
}

/** Reads until this has come; all that has. */
async function until(channel: Channel, reply: string): Promise<string> {
  let said = "";
  while (!said.includes(reply)) {
    const chunk = await channel.read();
    assert(chunk !== null, `ended before "${reply}", after "${said}"`);
    said += text(chunk);
  }
  return said;
}

/** All that still comes, up to the end. */
export async function rest(channel: Channel): Promise<string> {
  let said = "";
  try {
    for (let chunk = await channel.read(); chunk !== null; chunk = await channel.read()) {
      said += text(chunk);
    }
  } catch {
    said += "lost";
  }
  channel.close();
  return said;
}
