import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { BufferPool } from "../../../session/transport/buffer_pool.ts";
import { BULK_READ } from "../../../session/transport/channel.ts";
import { tcpChannel } from "../../../session/transport/tcp.ts";

Deno.test("BufferPool hands out what came back, and keeps no more than it may (P7)", () => {
  const pool = new BufferPool(1);
  const [first, second] = [pool.take(), pool.take()];
  assertEquals([first.length, second.length], [BULK_READ, BULK_READ]);
  assert(first !== second);
  pool.give(first);
  pool.give(second);
  assertEquals(pool.size, 1);
  assertStrictEquals(pool.take(), first);
  assertEquals(pool.size, 0);
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
  await client.write(new Uint8Array([1, 2, 3]));
  const view = await server.read();
  server.bulk = false;
  assertEquals([view, pool.size], [new Uint8Array([1, 2, 3]), 0]);
  await client.write(new Uint8Array([4]));
  assertEquals(await server.read(), new Uint8Array([4]));
  assertEquals(pool.size, 1);
  // A buffer that a read may still be writing into is nobody else's.
  server.bulk = true;
  const pending = server.read().catch(() => null);
  server.close();
  await pending;
  assertEquals(pool.size, 0);
  client.close();
});
