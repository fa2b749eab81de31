import { assertEquals, assertGreater } from "@std/assert";
import { cpuBetween, parseUsage, readThreads } from "./usage.ts";

Deno.test("parseUsage() reads user and system time behind a name with blanks and parentheses", () => {
  const stat = "77 (a) b (c) S 1 77 77 0 -1 4194304 5 0 0 0 250 50 9 9 20 0 9 0 100 1 2\n";
  const status = "Name:\ta) b (c\nVmPeak:\t  900 kB\nVmHWM:\t    512 kB\nVmRSS:\t  100 kB\n";
  assertEquals(parseUsage(stat, status), { cpu: 3000, peakMemory: 524288, memory: 102400 });
});

Deno.test("cpuBetween() adds up threads, whether they began in between or ended", () => {
  const before = new Map([["1", 5000], ["2", 9000]]);
  assertEquals(cpuBetween(before, new Map([["1", 7000], ["3", 500]])), 2.5);
});

Deno.test("readThreads() knows the threads of this process, and none of one that is not there", async () => {
  const threads = await readThreads(Deno.pid);
  // Not every system keeps these times.
  if (threads !== null) assertGreater(threads.get(`${Deno.pid}`) ?? 0, 0);
  assertEquals(await readThreads(2 ** 30), null);
});
