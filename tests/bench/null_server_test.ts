import { assert, assertEquals, assertRejects } from "@std/assert";
import { needsOf, type Running } from "./contender.ts";
import { nullServer } from "./contenders/null_server.ts";
import type { Target } from "./load.ts";
import { ownLoader } from "./loaders/own.ts";
import { SMALL } from "./loads.ts";

/** Sends pieces, each after the reply to the one before, or no reply where null is expected. */
async function converse(
  port: number,
  pieces: readonly (readonly [string, string | null])[],
): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay();
  const buffer = new Uint8Array(4096);
  for (const [sent, expected] of pieces) {
    await conn.write(new TextEncoder().encode(sent));
    if (expected === null) continue;
    const count = await conn.read(buffer) ?? 0;
    assertEquals(new TextDecoder().decode(buffer.subarray(0, count)), expected);
  }
}

function targetOf(port: number): Target {
  return { port, certificate: null };
}

async function withServer(use: (server: Running) => Promise<void>): Promise<void> {
  const server = await nullServer.start(needsOf(SMALL, null));
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

const OK = "250 2.0.0 OK\r\n";

Deno.test("the null server answers pipelined commands and finds the end of a split message", async () => {
  await withServer(async (server) => {
    await converse(server.port, [
      ["", "220 null ESMTP\r\n"],
      ["MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n", `${OK}${OK}354 Go on\r\n`],
      ["a line\r\n.dot\r\n.\r", null],
      ["\n", OK],
      ["data\r\n", "354 Go on\r\n"],
      [".\r\n", OK],
      ["QUIT\r\n", "221 2.0.0 Bye\r\n"],
    ]);
    assertEquals(await server.received(), 2);
  });
});

Deno.test("our loader sends every message once, over kept and over new connections", async () => {
  await withServer(async (server) => {
    const kept = await ownLoader.run(targetOf(server.port), { ...SMALL, connections: 4 }, 50);
    assertEquals(kept.sent, 50);
    assertEquals(await server.received(), 50);
    const load = { ...SMALL, connections: 3, kept: false, recipients: 2 };
    assertEquals((await ownLoader.run(targetOf(server.port), load, 20)).sent, 20);
    assertEquals(await server.received(), 70);
  });
});

Deno.test("our loader pipelines, warms up, and sends in waves", async () => {
  await withServer(async (server) => {
    const target = targetOf(server.port);
    const load = { ...SMALL, connections: 3, pipelined: true, recipients: 5 };
    assertEquals((await ownLoader.run(target, load, 10, 7)).sent, 17);
    const together = { ...SMALL, connections: 4, measure: "latency" as const };
    const { sent, latency } = await ownLoader.run(target, together, 10);
    // Whole waves: every connection sends in each.
    assertEquals(sent, 12);
    assert(latency !== null && latency > 0);
    assertEquals(await server.received(), 29);
  });
});

Deno.test("our loader fails where nobody listens", async () => {
  const port = closedPort();
  await assertRejects(
    () => ownLoader.run(targetOf(port), SMALL, 1),
    Error,
    "the loader ended with 1",
  );
});

function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
