import { assert, assertEquals, assertRejects } from "@std/assert";
import { Connection } from "../../server/connection/connection.ts";
import { Server } from "../../server/mod.ts";
import type { ServerOptions } from "../../server/options.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { channelPair } from "../../session/transport/memory.ts";
import { upgradeClient } from "../../session/transport/tls.ts";
import { certificates } from "../helpers/certificates.ts";
import { connectTo, play, testOptions } from "../helpers/dialogue.ts";
import { makeService } from "../helpers/service.ts";
import { octets, text } from "../helpers/split.ts";
import { GREETED } from "../helpers/transcripts.ts";

const SHUTTING_DOWN = "421 4.3.2 Service is shutting down, try again later\r\n";
const NOTHING = { aborted: 0, runaways: 0 };

async function started(options: ServerOptions = {}): Promise<Server> {
  const server = new Server(testOptions(options));
  await server.start();
  return server;
}

/** Sends commands and reads until a reply has come. */
async function reach(channel: Channel, commands: string, reply: string): Promise<void> {
  await channel.write(octets(commands));
  await until(channel, reply);
}

async function until(channel: Channel, reply: string): Promise<void> {
  for (let said = ""; !said.includes(reply);) {
    const chunk = await channel.read();
    assert(chunk !== null, `ended before "${reply}", after ${said}`);
    said += text(chunk);
  }
}

/** All that still comes. */
async function rest(channel: Channel): Promise<string> {
  let said = "";
  for (;;) {
    const chunk = await channel.read().catch(() => octets("reset"));
    if (chunk === null) break;
    said += text(chunk);
    if (said.endsWith("reset")) break;
  }
  channel.close();
  return said;
}

const OPEN = "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\n";

Deno.test("stop() of a server that never ran, or ran before, does nothing (S72)", async () => {
  const server = new Server(testOptions());
  assertEquals(await server.stop(), NOTHING);
  await server.start();
  assertEquals(await server.stop(), NOTHING);
  assertEquals(await server.stop(), NOTHING);
});

Deno.test("two stops at once are one (S72)", async () => {
  const server = await started();
  const [first, second] = [server.stop(), server.stop()];
  assertEquals(first === second, true);
  await first;
});

Deno.test("stop() while it starts stops it once it has started", async () => {
  const server = new Server(testOptions({ tls: (await certificates()).server }));
  const starting = server.start();
  const stopping = server.stop();
  await starting;
  assertEquals(await stopping, NOTHING);
  assertEquals(server.addr, null);
});

Deno.test("stop() while a start fails is told nothing of it", async () => {
  const server = new Server(testOptions({ port: -1 }));
  const starting = server.start();
  const stopping = server.stop();
  await assertRejects(() => starting, RangeError);
  assertEquals(await stopping, NOTHING);
});

Deno.test("stop() tells idle clients, and lets open transactions end (P17, N14, S72, K10, #26)", async () => {
  const kept: string[] = [];
  const server = await started({
    onReceive: (session) => {
      kept.push(session.msg);
      session.received = true;
    },
  });
  const [silent, greeted, loggingIn, inMail, inData] = await Promise.all(
    Array.from({ length: 5 }, () => connectTo(server)),
  );
  await reach(silent, "", "220");
  await reach(greeted, "HELO c\r\n", "250 ");
  await reach(loggingIn, "HELO c\r\n", "250 ");
  await reach(inMail, OPEN, "2.1.5");
  await reach(inData, `${OPEN}DATA\r\n`, "354");
  await inData.write(octets("Subject: in time\r\n"));
  const stopping = server.stop();
  assertEquals(await Promise.all([silent, greeted, loggingIn].map(rest)), [
    SHUTTING_DOWN,
    SHUTTING_DOWN,
    SHUTTING_DOWN,
  ]);
  await assertRejects(() => connectTo(server));
  await inMail.write(octets("DATA\r\n"));
  await until(inMail, "354");
  await inMail.write(octets("late\r\n.\r\n"));
  assertEquals(await rest(inMail), `250 2.0.0 Message accepted\r\n${SHUTTING_DOWN}`);
  await inData.write(octets(".\r\nMAIL FROM:<>\r\nRSET\r\n"));
  assertEquals(
    await rest(inData),
    `250 2.0.0 Message accepted\r\n250 2.1.0 Sender accepted\r\n250 2.0.0 OK\r\n${SHUTTING_DOWN}`,
  );
  assertEquals(await stopping, NOTHING);
  assertEquals(kept, ["late\r\n", "Subject: in time\r\n"]);
});

Deno.test("a commit in progress ends before the server does (P1, P17)", async () => {
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const server = await started({
    onReceive: async (session) => {
      reached.resolve();
      await release.promise;
      session.received = true;
    },
  });
  const channel = await connectTo(server);
  await reach(channel, `${OPEN}DATA\r\n`, "354");
  await channel.write(octets("x\r\n.\r\n"));
  await reached.promise;
  let stopped = false;
  const stopping = server.stop().then((report) => {
    stopped = true;
    return report;
  });
  await Promise.resolve();
  assertEquals(stopped, false);
  release.resolve();
  assertEquals(await rest(channel), `250 2.0.0 Message accepted\r\n${SHUTTING_DOWN}`);
  assertEquals(await stopping, NOTHING);
});

Deno.test("what has not ended when the grace is over is cut, and counted (P17, N14)", async () => {
  const disconnected: number[] = [];
  const server = await started({
    timeouts: { stop: 50 },
    onDisconnect: (session) => void disconnected.push(session.id),
  });
  const channel = await connectTo(server);
  await reach(channel, `${OPEN}DATA\r\n`, "354");
  const stopping = server.stop();
  assertEquals(await rest(channel), SHUTTING_DOWN);
  assertEquals(await stopping, { aborted: 1, runaways: 0 });
  assertEquals(disconnected, [1]);
});

Deno.test("a client that is lost is told nothing by a stop() that comes while onDisconnect runs", async () => {
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const traced: string[] = [];
  const service = makeService({
    trace: (line) => void traced.push(line.text),
    onDisconnect: async () => {
      reached.resolve();
      await release.promise;
    },
  });
  const [client, end] = channelPair();
  const connection = new Connection(end, { id: 1, remote: end.remote, local: end.local }, service);
  const running = connection.run();
  await until(client, "220");
  client.close();
  await reached.promise;
  connection.stop();
  release.resolve();
  await running;
  assertEquals(traced.filter((line) => line.startsWith("421")), []);
  assertEquals(service.losses.length, 1);
});

Deno.test("stop() ends a handshake that is under way (N14)", async () => {
  const { server: own } = await certificates();
  const server = await started({ tls: { ...own, implicit: true }, timeouts: { stop: 50 } });
  const plain = await connectTo(server);
  await plain.write(octets("\x16\x03\x01"));
  // A second connection that is served shows that the first has been accepted.
  await play(await connectTo(server), GREETED, { implicit: true });
  assertEquals(await server.stop(), { aborted: 1, runaways: 0 });
  plain.close();
});

Deno.test("stop() ends a STARTTLS handshake that is under way (N14)", async () => {
  const server = await started({ tls: (await certificates()).server, timeouts: { stop: 50 } });
  const channel = await connectTo(server);
  await reach(channel, "STARTTLS\r\n", "Ready to start TLS");
  assertEquals(await server.stop(), { aborted: 1, runaways: 0 });
  channel.close();
});

Deno.test("stop() ends a session in TLS by a last word (P17)", async () => {
  const { server: own, ca } = await certificates();
  const server = await started({ tls: { ...own, implicit: true } });
  const options = {
    servername: "mail.test",
    verify: true,
    ca: [ca.cert],
    legacyRenegotiation: false,
    timeout: 5000,
  };
  const channel = await upgradeClient(await connectTo(server), options);
  await until(channel, "220");
  const stopping = server.stop();
  assertEquals(await rest(channel), SHUTTING_DOWN);
  assertEquals(await stopping, NOTHING);
});

Deno.test("await using stops it", async () => {
  let kept: Server;
  {
    await using server = await started();
    kept = server;
    assert(kept.addr !== null);
  }
  assertEquals(kept.addr, null);
});

Deno.test("a client that does not close its side holds stop() no longer than a second (P17)", async () => {
  const server = await started();
  const channel = await connectTo(server);
  await reach(channel, "HELO c\r\n", "250 ");
  const began = performance.now();
  assertEquals(await server.stop(), NOTHING);
  assert(performance.now() - began < 5000);
  assertEquals(await rest(channel), SHUTTING_DOWN);
});

Deno.test("a stop() that comes while replies are on their way is not missed (P17)", async () => {
  const service = makeService();
  const [client, end] = channelPair();
  const writing = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const slow: Channel = {
    remote: end.remote,
    local: end.local,
    tls: null,
    bulk: false,
    read: () => end.read(),
    write: async (bytes) => {
      writing.resolve();
      await release.promise;
      await end.write(bytes);
    },
    closeWrite: () => end.closeWrite(),
    close: () => end.close(),
  };
  const connection = new Connection(slow, { id: 1, remote: end.remote, local: end.local }, service);
  const running = connection.run();
  await writing.promise;
  connection.stop();
  release.resolve();
  await until(client, "220");
  // Only a server that has missed the stop waits for this.
  await client.closeWrite();
  assertEquals(await rest(client), SHUTTING_DOWN);
  await running;
});
