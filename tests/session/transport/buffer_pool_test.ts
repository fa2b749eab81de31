import { assertEquals, assertStrictEquals } from "@std/assert";
import { BufferPool, SMALL_BUFFER } from "../../../session/transport/buffer_pool.ts";
import { BULK_READ } from "../../../session/transport/channel.ts";
import { Deadlines } from "../../../session/transport/deadlines.ts";
import { tcpChannel } from "../../../session/transport/tcp.ts";

Deno.test("BufferPool hands out what came back, by its size", () => {
  const pool = new BufferPool();
  const [small, large] = [pool.take(SMALL_BUFFER), pool.take()];
  assertEquals([small.length, large.length], [SMALL_BUFFER, BULK_READ]);
  assertEquals(pool.take(SMALL_BUFFER + 1).length, BULK_READ);
  pool.give(small);
  pool.give(large);
  assertEquals(pool.size, 1);
  assertStrictEquals(pool.take(1), small);
  assertStrictEquals(pool.take(SMALL_BUFFER + 1), large);
  assertEquals(pool.size, 0);
});

Deno.test("BufferPool keeps no buffer of another size, none that was moved away, and no more than it may (P7)", () => {
  const pool = new BufferPool();
  pool.give(new Uint8Array(5));
  const moved = pool.take();
  (moved.buffer as ArrayBuffer).transfer();
  pool.give(moved);
  assertEquals(pool.size, 0);
  const many = Array.from({ length: 300 }, () => pool.take());
  for (const buffer of many) pool.give(buffer);
  assertEquals([pool.size, many[0].length, many[299].length], [64, BULK_READ, 0]);
});

Deno.test("BufferPool keeps many buffers while they are needed, and lets go of them after (P7)", () => {
  let now = 0;
  const deadlines = new Deadlines(100, () => now);
  const pool = new BufferPool(deadlines);
  const pass = (milliseconds: number): void => {
    for (let i = 0; i < milliseconds; i += 100) {
      now += 100;
      deadlines.check();
    }
  };
  const use = (count: number): void => {
    const taken = Array.from({ length: count }, () => pool.take());
    for (const buffer of taken) pool.give(buffer);
  };
  use(60);
  assertEquals([pool.size, deadlines.size], [60, 0]);
  use(300);
  assertEquals([pool.size, deadlines.size], [300, 1]);
  use(200);
  pass(2200);
  assertEquals(pool.size, 200);
  pass(2200);
  assertEquals([pool.size, deadlines.size], [64, 0]);
});

Deno.test("TCP channel gives its large buffer back with the first small read, when nobody looks at it", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const [client, conn] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  const pool = new BufferPool();
  const server = tcpChannel(conn, pool);
  server.bulk = true;
  await client.write(new Uint8Array(3 * SMALL_BUFFER));
  assertEquals((await server.read())?.length, SMALL_BUFFER);
  const view = await server.read();
  server.bulk = false;
  assertEquals([view?.length, view?.buffer.byteLength, pool.size], [
    2 * SMALL_BUFFER,
    BULK_READ,
    0,
  ]);
  await client.write(new Uint8Array([4]));
  assertEquals(await server.read(), new Uint8Array([4]));
  assertEquals(pool.size, 1);
  // A buffer that a read may still be writing into is nobody else's.
  server.bulk = true;
  await client.write(new Uint8Array(SMALL_BUFFER));
  assertEquals((await server.read())?.length, SMALL_BUFFER);
  const pending = server.read().catch(() => null);
  server.close();
  await pending;
  assertEquals(pool.size, 0);
  client.close();
});
