import { assertEquals, assertThrows } from "@std/assert";
import type { Results } from "./markdown.ts";
import { replaceSummary } from "./readme.ts";
import { makeRows } from "./report.ts";

const RESULTS: Results = {
  date: "2026-11-22T16:34:54.000Z",
  machine: "2 × a processor",
  notes: [],
  sections: [{
    load: "a",
    title: "small",
    measure: "rate",
    octets: 2048,
    by: "by own",
    rounds: 1,
    rows: makeRows([{
      contender: { name: "smtp-server", title: "smtp-server" },
      samples: [{ value: 1234.5, cpu: 1, busy: null }],
      peakMemory: null,
      received: 1,
    }]),
    notes: [],
    leftOut: [],
    failed: [],
  }],
  series: [],
  verdicts: [],
};

Deno.test("replaceSummary() puts the figures between the marks, and nothing else", () => {
  const written = replaceSummary(
    "before\n<!-- benchmark -->\nold\n<!-- /benchmark -->\nafter",
    RESULTS,
  );
  assertEquals(
    written,
    `before
<!-- benchmark -->
| 2026-11-22 | | ours, functions | ours, in a worker | smtp-server | Haraka | aiosmtpd | Postfix's smtp-sink (C) |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
| small | msg/s |  |  | 1235 |  |  |  |

On 2 × a processor, which other programs used too.
<!-- /benchmark -->
after`,
  );
  assertEquals(replaceSummary(written, RESULTS), written);
  assertThrows(() => replaceSummary("no marks", RESULTS), Error, "no <!-- benchmark --> there");
});
