import { assert, assertEquals } from "@std/assert";
import { Body, OctetBudget } from "../../server/message/body.ts";
import { BodyReader } from "../../server/message/body_reader.ts";
import { BufferPool } from "../../session/transport/buffer_pool.ts";
import { BULK_READ } from "../../session/transport/channel.ts";
import { concat } from "../../session/wire/bytes.ts";
import { ChunkDecoder } from "../../session/wire/chunk.ts";
import { DotDecoder } from "../../session/wire/dot_stuffing.ts";
import { octets, Random, text } from "../helpers/split.ts";

const MiB = 1024 * 1024;

function bodyOf(limit: number, budget = new OctetBudget(limit), buffers = new BufferPool()): Body {
  return new Body(limit, budget, buffers);
}

Deno.test("Body holds what was pushed, in few pieces", () => {
  const budget = new OctetBudget(64 * MiB);
  const body = bodyOf(64 * MiB, budget);
  const random = new Random();
  const buffer = new Uint8Array(64 * 1024);
  const all: Uint8Array[] = [];
  for (let i = 0; i < 300; i++) {
    const piece = buffer.subarray(0, random.below(buffer.length));
    piece.fill(i & 255);
    body.push(piece);
    all.push(piece.slice());
  }
  const expected = concat(all);
  assertEquals(body.size, expected.length);
  assert(body.pieces().length <= expected.length / BULK_READ + 5);
  assert(concat(body.pieces()).every((octet, i) => octet === expected[i]));
  assert(budget.used >= expected.length);
  body.release();
  assertEquals(budget.used, 0);
});

Deno.test("Body of nothing is one empty piece, until it is released", () => {
  const body = bodyOf(10);
  const pieces = body.pieces();
  assertEquals(pieces.map(({ length }) => length), [0]);
  body.release();
  assertEquals(pieces, []);
});

Deno.test("Body gives its large blocks back, but for those that were moved to a worker", () => {
  const buffers = new BufferPool();
  const body = bodyOf(MiB, new OctetBudget(MiB), buffers);
  body.push(new Uint8Array(3 * BULK_READ));
  const [first] = body.pieces();
  (first.buffer as ArrayBuffer).transfer();
  body.release();
  assertEquals(buffers.size, 2);
  body.push(new Uint8Array(100));
  body.release();
  assertEquals(buffers.size, 2);
});

Deno.test("Body drops what is over its limit, and counts on (#111, #113)", () => {
  const budget = new OctetBudget(MiB);
  const body = bodyOf(10, budget);
  body.push(octets("0123456789"));
  assertEquals([body.tooLarge, text(concat(body.pieces()))], [false, "0123456789"]);
  body.push(octets("x"));
  assertEquals([body.tooLarge, concat(body.pieces()).length, budget.used], [true, 0, 0]);
  body.push(octets("y".repeat(100)));
  assertEquals([body.size, concat(body.pieces()).length, budget.used], [111, 0, 0]);
});

Deno.test("Body takes of the budget no more than there is, and starves (#109, P7)", () => {
  const budget = new OctetBudget(100_000);
  const [first, second] = [bodyOf(MiB, budget), bodyOf(MiB, budget)];
  first.push(new Uint8Array(8000));
  second.push(new Uint8Array(8000));
  assertEquals([first.starved, second.starved, budget.used], [false, true, 65_536]);
  second.release();
  second.push(new Uint8Array(1));
  assertEquals([second.starved, second.size, concat(second.pieces()).length], [true, 8001, 0]);
  first.release();
  first.release();
  assertEquals(budget.used, 0);
});

Deno.test("OctetBudget says whether a message finds room, of the size that it declares or of the least (#109)", () => {
  const budget = new OctetBudget(15_000);
  assertEquals([budget.take(15_001), budget.take(6_000), budget.take(10_000)], [
    false,
    true,
    false,
  ]);
  assertEquals(budget.used, 6_000);
  assertEquals([0, 9_000, 9_001].map((size) => budget.lacks(size)), [false, false, true]);
  assertEquals(budget.take(6_000), true);
  assertEquals(budget.lacks(0), true);
  budget.give(12_000);
  assertEquals([budget.lacks(0), budget.used], [false, 0]);
});

Deno.test("BodyReader hands back what follows the final dot (#105)", () => {
  const body = bodyOf(MiB);
  const reader = new BodyReader(body, new DotDecoder(), 0, 1000);
  assertEquals(reader.take(octets("a\r\n.")), null);
  assertEquals(text(reader.take(octets("\r\nQUIT\r\n")) ?? octets("?")), "QUIT\r\n");
  assertEquals(text(concat(body.pieces())), "a\r\n");
});

Deno.test("BodyReader hands back what follows a chunk, and goes on with the next (RFC 3030 2, #152)", () => {
  const body = bodyOf(MiB);
  const reader = new BodyReader(body, new ChunkDecoder(false), 0, 1000);
  reader.decoder.begin({ size: 4, last: false });
  assertEquals(reader.take(octets("a\r\n")), null);
  assertEquals(text(reader.take(octets(".BDAT 2 LAST\r\n")) ?? octets("?")), "BDAT 2 LAST\r\n");
  reader.decoder.begin({ size: 2, last: true });
  assertEquals(text(reader.take(octets("\r\nQUIT\r\n")) ?? octets("?")), "QUIT\r\n");
  assertEquals(text(concat(body.pieces())), "a\r\n.\r\n");
});

Deno.test("BodyReader waits for a block, and after a minute no longer than 500 octets a second earn (N16, K8)", () => {
  const body = bodyOf(100 * MiB);
  const reader = new BodyReader(body, new DotDecoder(), 1000, 180_000);
  assertEquals(reader.patience(1000), 60_000);
  assertEquals(reader.patience(31_000), 30_000);
  assertEquals(reader.patience(62_000), 1);
  reader.take(new Uint8Array(50_000).fill(0x78));
  assertEquals(reader.patience(62_000), 39_000);
  assertEquals(reader.patience(101_001), 1);
  reader.take(new Uint8Array(10 * MiB).fill(0x78));
  assertEquals(reader.patience(101_001), 180_000);
});
