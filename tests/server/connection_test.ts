import { assertEquals } from "@std/assert";
import { Connection } from "../../server/connection/connection.ts";
import type { Service } from "../../server/service.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { Deadlines } from "../../session/transport/deadlines.ts";
import { channelPair } from "../../session/transport/memory.ts";
import { converse, makeService } from "../helpers/service.ts";
import { octets, text } from "../helpers/split.ts";

/** Begins a session in memory. */
function begin(service: Service): { client: Channel; over: Promise<void> } {
  const [client, end] = channelPair();
  const peer = { id: 1, remote: end.remote, local: end.local };
  return { client, over: new Connection(end, peer, service).run() };
}

async function next(channel: Channel): Promise<string> {
  return text(await channel.read() ?? octets("the end"));
}

Deno.test("a fault of our own ends the session by 421 4.3.0, and is told (P1, S59)", async () => {
  const service = makeService({ onMailFrom: () => {} });
  service.handlers.run = () => {
    throw new RangeError("a mistake");
  };
  const replies = await converse([octets("HELO c\r\nMAIL FROM:<>\r\nQUIT\r\n")], service);
  assertEquals(replies.split("\r\n").slice(-2), [
    "421 4.3.0 No service at the moment, try again later",
    "",
  ]);
  assertEquals(service.faults, ["connection: RangeError: a mistake"]);
});

Deno.test("a reply that has waited a second for the handlers behind it waits for no other (RFC 2920 3.2, #98)", async () => {
  let now = 0;
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const service = {
    ...makeService({
      onRcptTo: async (session) => {
        now += 1001;
        service.deadlines.check();
        session.accept = true;
        if (!session.address.startsWith("b")) return;
        asked.resolve();
        await release.promise;
      },
    }),
    deadlines: new Deadlines(1000, () => now),
  };
  const { client, over } = begin(service);
  assertEquals(await next(client), "220 mx.test ESMTP\r\n");
  await client.write(octets("HELO c\r\n"));
  assertEquals(await next(client), "250 mx.test\r\n");
  await client.write(octets("MAIL FROM:<>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nQUIT\r\n"));
  await asked.promise;
  assertEquals(await next(client), "250 2.1.0 Sender accepted\r\n");
  assertEquals(await next(client), "250 2.1.5 Recipient accepted\r\n");
  release.resolve();
  assertEquals(await next(client), "250 2.1.5 Recipient accepted\r\n221 2.0.0 Bye\r\n");
  await client.closeWrite();
  await over;
});

Deno.test("a client that floods behind its last command is cut off, not read for ever (A11)", async () => {
  const service = makeService();
  const { client, over } = begin(service);
  let written = 0;
  const flood = (async (): Promise<void> => {
    await client.write(octets("QUIT\r\n"));
    for (; written < 64 * 1024 * 1024; written += 65_536) {
      await client.write(new Uint8Array(65_536));
    }
  })().catch(() => {});
  await over;
  await flood;
  client.close();
  assertEquals(written < 1024 * 1024, true);
});

Deno.test("a connection reads in large pieces while a message comes, and in small ones again behind it (L3)", async () => {
  const service = makeService();
  const [client, end] = channelPair();
  const connection = new Connection(end, { id: 1, remote: end.remote, local: end.local }, service);
  const over = connection.run();
  const sizes: boolean[] = [];
  const say = async (wire: string, until: string): Promise<void> => {
    if (wire !== "") await client.write(octets(wire));
    for (let said = ""; !said.includes(until);) said += await next(client);
    sizes.push(end.bulk);
  };
  await say("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nDATA\r\n", "354");
  await client.write(octets("x\r\n"));
  await say("y\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nDATA\r\nz\r\n", "354");
  await say(".\r\nQUIT\r\n", "221");
  assertEquals(sizes, [false, false, false]);
  await client.closeWrite();
  await over;
});

Deno.test("a connection that has ended its side reads what still comes before it closes, or a reset would take its last reply (#24)", async () => {
  const [client, end] = channelPair();
  const done: string[] = [];
  let octetsRead = 0;
  const watched: Channel = {
    remote: end.remote,
    local: end.local,
    tls: null,
    bulk: false,
    read: async () => {
      const chunk = await end.read();
      octetsRead += chunk?.length ?? 0;
      return chunk;
    },
    write: (bytes) => end.write(bytes),
    closeWrite: () => {
      done.push("end");
      return end.closeWrite();
    },
    close: () => {
      done.push(`close after ${octetsRead} octets`);
      end.close();
    },
  };
  const over = new Connection(
    watched,
    { id: 1, remote: end.remote, local: end.local },
    makeService(),
  ).run();
  await client.write(octets(`QUIT\r\n${"x".repeat(20_000)}`));
  await client.closeWrite();
  await over;
  assertEquals(done, ["end", "close after 20006 octets"]);
  client.close();
});
