import { assertEquals } from "@std/assert";
import { makeOctetCounts, SharedBudget } from "../../../server/threads/shared_budget.ts";
import { connectTo, play, serving } from "../../helpers/dialogue.ts";
import { DATA, ehlo, GREETED, QUIT, RCPT } from "../../helpers/transcripts.ts";
import { connectMany } from "./clients.ts";

const EHLO_8000 = GREETED + ehlo({ size: 8000 });
const REFUSED = "421 4.3.2 Too many connections, try again later\r\n";

Deno.test("threads: maxConnections is that of all threads together (P9, S78)", async () => {
  let inside = 0;
  let most = 0;
  await serving({
    threads: 2,
    maxConnections: 10,
    onConnect: () => {
      most = Math.max(most, ++inside);
    },
    onDisconnect: () => void inside--,
  }, async (server) => {
    const first = await connectMany(server, 40);
    assertEquals(first.filter(([, line]) => line === REFUSED).length, 30);
    for (const [channel] of first) channel.close();
    // A place is free again a little after its client has gone.
    let greeted = 0;
    for (let round = 0; round < 500 && greeted < 10; round++) {
      const next = await connectMany(server, 20);
      greeted = next.filter(([, line]) => line !== REFUSED).length;
      for (const [channel] of next) channel.close();
    }
    assertEquals(greeted, 10);
  });
  assertEquals([inside, most], [0, 10]);
});

Deno.test("threads: the octets in flight are those of all threads together (#109, P7)", async () => {
  const begun = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const release = Promise.withResolvers<void>();
  let count = 0;
  const mail = (reply: string): string =>
    `${EHLO_8000}C: MAIL FROM:<a@client.test> SIZE=8000\nS: ${reply}\n`;
  const message =
    `${mail("250 2.1.0 Sender accepted")}${RCPT}${DATA}C: ${"x".repeat(7998)}\nC: .\n` +
    `S: 250 2.0.0 Message accepted\n${QUIT}`;
  await serving({
    threads: 2,
    limits: { messageSize: 8000, octetsInFlight: 32_000 },
    onReceive: async (session) => {
      begun[count++].resolve();
      await release.promise;
      session.received = session.raw.length === 8000;
    },
  }, async (server) => {
    const held = begun.map(async () => await play(await connectTo(server), message));
    await Promise.all(begun.map(({ promise }) => promise));
    // Whichever thread they come to.
    await Promise.all(Array.from({ length: 20 }, async () => {
      const full = "452 4.3.1 Too many messages under way, try again later";
      await play(await connectTo(server), mail(full) + QUIT);
    }));
    release.resolve();
    await Promise.all(held);
    await play(await connectTo(server), mail("250 2.1.0 Sender accepted") + QUIT);
  });
  assertEquals(count, 4);
});

Deno.test("SharedBudget lets no thread take what another has, and gives back what a dead one had (#109)", () => {
  const counts = makeOctetCounts(2);
  const [first, second] = [1, 2].map((number) => new SharedBudget(100_000, counts, number));
  assertEquals([first.take(60_000), second.take(40_001), second.take(40_000)], [true, false, true]);
  assertEquals([first.used, second.used], [100_000, 100_000]);
  assertEquals([first.lacks(0), second.lacks(0)], [true, true]);
  second.give(15_000);
  assertEquals([first.lacks(0), first.lacks(15_000), first.lacks(15_001)], [false, false, true]);
  new SharedBudget(100_000, counts, 1).giveAll();
  assertEquals([second.used, second.take(75_000), second.take(1)], [25_000, true, false]);
});

Deno.test("SharedBudget never goes over its limit where threads take and give at the same time (#109)", async () => {
  const module = import.meta.resolve("../../../server/threads/shared_budget.ts");
  const code = `import { SharedBudget } from ${JSON.stringify(module)};
    self.onmessage = ({ data: [counts, thread] }) => {
      const budget = new SharedBudget(100, counts, thread);
      let over = 0;
      let taken = 0;
      for (let i = 0; i < 100_000; i++) {
        if (!budget.take(30)) continue;
        taken++;
        if (budget.used > 100) over++;
        budget.give(30);
      }
      self.postMessage([over, taken]);
    };`;
  const counts = makeOctetCounts(4);
  const results = await Promise.all([1, 2, 3, 4].map((thread) => {
    const { promise, resolve } = Promise.withResolvers<[number, number]>();
    const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, {
      type: "module",
    });
    worker.onmessage = ({ data }): void => {
      worker.terminate();
      resolve(data);
    };
    worker.postMessage([counts, thread]);
    return promise;
  }));
  for (const [over, taken] of results) assertEquals([over, taken > 0], [0, true]);
  assertEquals([...counts], [0n, 0n, 0n, 0n, 0n]);
});
