/** A session on a port, for which a process needs that address and nothing else. */

import { startMailServer } from "../../../testing/mod.ts";

await using mail = await startMailServer({ tls: "required" });
await mail.connect();
// deno-lint-ignore no-console -- what the test reads
console.log(mail.transcript.length);
