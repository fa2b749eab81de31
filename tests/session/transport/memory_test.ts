import { assert, assertEquals, assertRejects } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import { channelPair } from "../../../session/transport/memory.ts";
import { noise, octets, readAll } from "./_channels.ts";

Deno.test("channelPair() shows each end the other's address", () => {
  const [client, server] = channelPair({ first: { ip: "192.0.2.7", port: 1234 } });
  assertEquals(server.remote, { ip: "192.0.2.7", port: 1234 });
  assertEquals(client.local, server.remote);
  assertEquals(server.local, client.remote);
});

Deno.test("channelPair() carries both directions, to the octet, past its capacity", async () => {
  const [client, server] = channelPair();
  const there = noise(300_001);
  const back = noise(200_003);
  client.bulk = true;
  const [atServer, atClient] = await Promise.all([
    readAll(server),
    readAll(client),
    client.write(there).then(() => client.closeWrite()),
    server.write(back).then(() => server.closeWrite()),
  ]);
  assertEquals(atServer, there);
  assertEquals(atClient, back);
  client.close();
  server.close();
});

Deno.test("channelPair() reads 512 octets at a time while idle, and 64 KiB in bulk", async () => {
  const [client, server] = channelPair();
  await client.write(noise(60_000));
  assertEquals((await server.read())?.length, 512);
  server.bulk = true;
  assertEquals((await server.read())?.length, 60_000 - 512);
  client.close();
  server.close();
});

Deno.test("channelPair() makes a writer wait while 64 KiB are unread", async () => {
  const [client, server] = channelPair();
  server.bulk = true;
  await client.write(noise(65_536));
  let written = false;
  const more = client.write(octets("x")).then(() => written = true);
  await Promise.resolve();
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  assert(!written);
  assertEquals((await server.read())?.length, 65_536);
  await more;
  assert(written);
  client.close();
  server.close();
});

Deno.test("channelPair() does not keep what the writer changes afterwards", async () => {
  const [client, server] = channelPair();
  const bytes = octets("EHLO a");
  await client.write(bytes);
  bytes.fill(0);
  assertEquals(await server.read(), octets("EHLO a"));
  client.close();
  server.close();
});

Deno.test("close() rejects a pending read and a pending write, here and there", async () => {
  const [client, server] = channelPair();
  const here = assertRejects(() => client.read(), SmtpError, "closed");
  const there = assertRejects(() => server.read(), SmtpError, "lost");
  const stuck = server.write(noise(200_000));
  const writer = assertRejects(() => stuck, SmtpError, "closed");
  client.close();
  client.close();
  await Promise.all([here, there, writer]);
  await assertRejects(() => client.read(), SmtpError, "closed");
  await assertRejects(() => client.write(octets("x")), SmtpError, "closed");
  server.close();
});

Deno.test("close() after closeWrite() still lets the peer read what was written, and then the end", async () => {
  const [client, server] = channelPair();
  await server.write(octets("421 4.3.2 no\r\n"));
  await server.closeWrite();
  server.close();
  assertEquals(await readAll(client), octets("421 4.3.2 no\r\n"));
  await assertRejects(() => client.write(octets("x")), SmtpError);
  client.close();
});

Deno.test("write() after closeWrite() is refused", async () => {
  const [client, server] = channelPair();
  await client.closeWrite();
  await client.closeWrite();
  await assertRejects(() => client.write(octets("x")), SmtpError, "ended");
  assertEquals(await server.read(), null);
  client.close();
  server.close();
});
