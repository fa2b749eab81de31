import { assertEquals } from "@std/assert";
import { connectTo, dialogue, play, serving } from "../helpers/dialogue.ts";
import { octets, text } from "../helpers/split.ts";
import { certificates } from "../helpers/certificates.ts";
import { DATA, GREETED, HELO, MAIL, RCPT } from "../helpers/transcripts.ts";
import type { ServerOptions } from "../../server/options.ts";

const TIMED_OUT = "S: 421 4.4.2 Timed out, closing the connection\n== end";
const SHORT: ServerOptions = { timeouts: { command: 80, dataBlock: 80 } };

Deno.test("a client that says nothing is told and closed (RFC 5321 3.8, #24, #26, S43, S78)", async () => {
  await dialogue(SHORT, [
    GREETED + TIMED_OUT,
    HELO + MAIL + TIMED_OUT,
    `${GREETED}C> NOO\n${TIMED_OUT}`,
  ]);
});

Deno.test("a client that stops in its message is told and closed (A11)", async () => {
  const kept: string[] = [];
  const options: ServerOptions = { ...SHORT, onReceive: (session) => void kept.push(session.msg) };
  const opened = HELO + MAIL + RCPT + DATA;
  await dialogue(options, [
    `${opened}C: x\n${TIMED_OUT}`,
    `${opened}C> x\\r\\n.\\r\n${TIMED_OUT}`,
    opened + TIMED_OUT,
  ]);
  assertEquals(kept, []);
});

Deno.test("the session in TLS is told too (S78)", async () => {
  const { server } = await certificates();
  await dialogue({ ...SHORT, tls: { ...server, implicit: true } }, GREETED + TIMED_OUT, {
    implicit: true,
  });
});

Deno.test("a command that comes drop by drop gets no more time than any other (N16, A11)", async () => {
  await serving({ timeouts: { command: 150 } }, async (server) => {
    const channel = await connectTo(server);
    await channel.read();
    let drops = 0;
    const dripping = setInterval(() => {
      // A server that never loses patience gets it back when the drops end, far too late.
      if (++drops <= 75) void channel.write(octets("x")).catch(() => {});
    }, 20);
    const last = text(await channel.read() ?? octets(""));
    clearInterval(dripping);
    channel.close();
    assertEquals(last, "421 4.4.2 Timed out, closing the connection\r\n");
    assertEquals(drops < 75, true);
  });
});

Deno.test("a client that reads no reply is closed (A11)", async () => {
  const gone = Promise.withResolvers<void>();
  await serving(
    { timeouts: { write: 100 }, onDisconnect: () => gone.resolve() },
    async (server) => {
      const channel = await connectTo(server);
      const commands = octets("HELP\r\n".repeat(10_000));
      const flood = (async (): Promise<void> => {
        for (;;) await channel.write(commands);
      })().catch(() => {});
      await gone.promise;
      channel.close();
      await flood;
    },
  );
});

Deno.test("a client that begins no TLS on an implicit port is closed without a word (S50)", async () => {
  const { server } = await certificates();
  const options = { tls: { ...server, implicit: true }, timeouts: { tlsHandshake: 80 } };
  await serving(options, async (running) => {
    const channel = await connectTo(running);
    assertEquals(await channel.read().catch(() => null), null);
    channel.close();
  });
});

Deno.test("a handler that is late costs its transaction, not the connection (P1, S59)", async () => {
  const reasons: string[] = [];
  const never = Promise.withResolvers<void>();
  await serving({
    timeouts: { handler: 50 },
    onReceive: () => never.promise,
    onError: (error) => void reasons.push(error.message),
  }, async (server) => {
    await play(
      await connectTo(server),
      HELO + MAIL + RCPT + DATA +
        "C: .\nS: 451 4.3.0 Local error, try again later\nC: NOOP\nS: 250 2.0.0 OK",
    );
  });
  assertEquals(reasons.length, 1);
});
