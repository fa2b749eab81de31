import { assertEquals } from "@std/assert";
import { Body, OctetBudget } from "../../server/message/body.ts";
import { BodyReader } from "../../server/message/body_reader.ts";
import { BufferPool } from "../../session/transport/buffer_pool.ts";
import { DotDecoder } from "../../session/wire/dot_stuffing.ts";
import { Server } from "../../server/mod.ts";
import { testOptions } from "../helpers/dialogue.ts";
import { logging } from "../helpers/logs.ts";

const MiB = 1024 * 1024;
const MINUTE = 60_000;

Deno.test("Body of the largest size takes no more of the budget than its size (#109, P7)", () => {
  for (const size of [10, 5000, MiB, 3 * MiB + 1]) {
    const budget = new OctetBudget(size);
    const body = new Body(size, budget, new BufferPool());
    for (let left = size; left > 0; left -= 4096) body.push(new Uint8Array(Math.min(4096, left)));
    assertEquals([body.starved, body.size, budget.used], [false, size, size]);
  }
});

Deno.test("BodyReader: what came fast earns one pause, not hours in which a message is held by a few octets (A11, K8)", () => {
  const reader = new BodyReader(
    new Body(25 * MiB, new OctetBudget(25 * MiB), new BufferPool()),
    new DotDecoder(),
    0,
    3 * MINUTE,
  );
  reader.take(new Uint8Array(24 * MiB).fill(0x78));
  assertEquals(reader.patience(1000), 3 * MINUTE);
  reader.take(Uint8Array.of(0x78));
  assertEquals(reader.patience(1000 + 2 * MINUTE), MINUTE + 2);
  reader.take(new Uint8Array(10_000).fill(0x78));
  assertEquals(reader.patience(1000 + 2 * MINUTE), MINUTE + 20_002);
  reader.take(Uint8Array.of(0x78));
  assertEquals(reader.patience(1000 + 4 * MINUTE), 1);
});

Deno.test("BodyReader: a short wait for a block takes nothing off the first minute (N16)", () => {
  const reader = new BodyReader(
    new Body(MiB, new OctetBudget(MiB), new BufferPool()),
    new DotDecoder(),
    0,
    1000,
  );
  reader.take(new Uint8Array(100).fill(0x78));
  assertEquals([reader.patience(0), reader.patience(59_500), reader.patience(60_000)], [
    1000,
    500,
    1,
  ]);
});

Deno.test("a budget that holds no message of the size that is advertised is warned of (#109, P18)", async () => {
  const warnings = await logging(async (records) => {
    await using server = new Server(testOptions({ limits: { octetsInFlight: 5000 } }));
    await server.start();
    return records.map(({ text }) => text);
  });
  assertEquals(warnings, [
    "Messages of more than 5000 octets are put off for ever: limits.octetsInFlight is less than limits.messageSize, which clients are told",
  ]);
});
