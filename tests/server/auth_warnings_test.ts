import { assertEquals } from "@std/assert";
import { Server } from "../../server/server.ts";
import type { ServerOptions } from "../../server/options.ts";
import { certificates } from "../helpers/certificates.ts";
import { testOptions } from "../helpers/dialogue.ts";
import { logging } from "../helpers/logs.ts";

/** What a server warns of while it starts. */
async function warnings(options: ServerOptions): Promise<string[]> {
  return await logging(async (records) => {
    const server = new Server(testOptions({ onLogin: () => {}, ...options }));
    await server.start();
    await server.stop();
    return records.filter(({ level }) => level === "warning").map(({ text }) => text);
  });
}

Deno.test("a mechanism that is never offered is warned of: EXTERNAL, and channel binding without TLS", async () => {
  const { server: own, ca } = await certificates();
  const auth = { mechanisms: ["EXTERNAL", "SCRAM-SHA-256-PLUS", "PLAIN"] };
  const external = "EXTERNAL is never offered: client certificates need tls.rootCertFile";
  const binding = "SCRAM-SHA-256-PLUS is never offered: there is no certificate";
  assertEquals(await warnings({ auth }), [external, binding]);
  assertEquals(await warnings({ auth, tls: own }), [external]);
  assertEquals(await warnings({ auth, tls: { ...own, rootCert: ca.cert } }), []);
});
