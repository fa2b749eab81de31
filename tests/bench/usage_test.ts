import { assertEquals } from "@std/assert";
import { parseUsage } from "./usage.ts";

Deno.test("parseUsage() reads user and system time behind a name with blanks and parentheses", () => {
  const stat = "77 (a) b (c) S 1 77 77 0 -1 4194304 5 0 0 0 250 50 9 9 20 0 9 0 100 1 2\n";
  const status = "Name:\ta) b (c\nVmPeak:\t  900 kB\nVmHWM:\t    512 kB\nVmRSS:\t  100 kB\n";
  assertEquals(parseUsage(stat, status), { cpu: 3000, peakMemory: 524288, memory: 102400 });
});
