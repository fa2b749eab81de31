import { assertEquals } from "@std/assert";
import { parseOpenFiles, planIdle } from "./idle.ts";

Deno.test("parseOpenFiles() takes the hard limit, and infinity where there is none", () => {
  const head = "Limit                     Soft Limit           Hard Limit           Units     \n";
  const line = "Max open files            1024                 4096                 files     \n";
  assertEquals(parseOpenFiles(head + line), 4096);
  assertEquals(parseOpenFiles(line.replace("4096", "unlimited")), Infinity);
  assertEquals(parseOpenFiles(""), Infinity);
});

Deno.test("planIdle() opens what fits, from as many processes as that needs", () => {
  assertEquals(planIdle(10_000, Infinity), { connections: 10_000, shares: [5000, 5000] });
  assertEquals(planIdle(10_000, 1024), { connections: 768, shares: [384, 384] });
  assertEquals(planIdle(1, 1024), { connections: 1, shares: [1] });
});
