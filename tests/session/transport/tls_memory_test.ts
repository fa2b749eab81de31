import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assert, assertEquals } from "@std/assert";
import { channelPair } from "../../../session/transport/memory.ts";
import { createServerContext, upgradeServer } from "../../../session/transport/tls.ts";
import { certificates } from "../../helpers/certificates.ts";
import { octets } from "../../helpers/split.ts";

/** What is not collected by then is kept; in milliseconds. */
const PATIENCE = 10_000;

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

/** Fails a handshake over a channel that nobody but the registry knows of. */
async function failHandshake(
  hello: string,
  requestCert: boolean,
  registry: FinalizationRegistry<number>,
): Promise<void> {
  const { server, ca } = await certificates();
  const context = createServerContext({ ...server, ca: [ca.cert] });
  const [client, end] = channelPair();
  registry.register(end, 0);
  const options = { context, requestCert, rejectUnauthorized: false, handshakeTimeout: 50 };
  const outcome = upgradeServer(end, options).then(() => "done", () => "failed");
  await client.write(octets(hello));
  await client.closeWrite();
  assertEquals(await outcome, "failed");
  client.close();
}

for (const requestCert of [false, true]) {
  const asked = requestCert ? "that asks for a certificate" : "that asks for none";
  Deno.test(`a handshake that failed, of a server ${asked}, is not kept in memory past its deadline (A11, P7)`, async () => {
    const collect = collector();
    const over = Promise.withResolvers<boolean>();
    const hellos = ["\x16\x03\x01", "\x16\x03\x01\x00\x05hello", "HELO x\r\n"];
    let collected = 0;
    const registry = new FinalizationRegistry<number>(() => {
      if (++collected === hellos.length) over.resolve(true);
    });
    for (const hello of hellos) await failHandshake(hello, requestCert, registry);
    const collecting = setInterval(collect, 20);
    const late = setTimeout(() => over.resolve(false), PATIENCE);
    const all = await over.promise;
    clearInterval(collecting);
    clearTimeout(late);
    assert(all, `${collected} of ${hellos.length} were let go of`);
  });
}
