import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import { connectTcp } from "../../../session/transport/tcp.ts";
import { noise, octets, readAll, readText, tcpPair } from "./_channels.ts";

const SIZE = 16 * 1024 * 1024;

function portOf(listener: Deno.Listener): number {
  return (listener.addr as Deno.NetAddr).port;
}

/** A listener whose queue is full, so that a further connection stays unanswered. */
async function deafListener(): Promise<{ port: number; [Symbol.dispose](): void }> {
  const options = { hostname: "127.0.0.1", port: 0, tcpBacklog: 1 };
  const listener = Deno.listen(options);
  const port = portOf(listener);
  const queued: Deno.Conn[] = [];
  for (let full = false; !full && queued.length < 100;) {
    const attempt = new AbortController();
    const timer = setTimeout(() => attempt.abort(), 200);
    try {
      queued.push(await Deno.connect({ hostname: "127.0.0.1", port, signal: attempt.signal }));
    } catch {
      full = true;
    } finally {
      clearTimeout(timer);
    }
  }
  return {
    port,
    [Symbol.dispose](): void {
      for (const conn of queued) conn.close();
      listener.close();
    },
  };
}

Deno.test("TCP channel carries 16 MiB both ways at once, to the octet", async () => {
  const [client, server] = await tcpPair();
  const bytes = noise(SIZE);
  client.bulk = true;
  server.bulk = true;
  const [atServer, atClient] = await Promise.all([
    readAll(server),
    readAll(client),
    client.write(bytes).then(() => client.closeWrite()),
    server.write(bytes).then(() => server.closeWrite()),
  ]);
  assert(bytes.every((octet, i) => atServer[i] === octet && atClient[i] === octet));
  assertEquals([atServer.length, atClient.length], [SIZE, SIZE]);
  client.close();
  server.close();
});

Deno.test("TCP channel reads at most 512 octets while idle, and more in bulk", async () => {
  const [client, server] = await tcpPair();
  await client.write(noise(32_768));
  const first = await server.read();
  assertEquals(first?.length, 512);
  const kept = first?.slice();
  server.bulk = true;
  const second = await server.read();
  assert(second !== null && second.length > 512);
  // A view holds until the next read of its own buffer; changing buffers leaves the old one alone.
  assertEquals(first, kept);
  client.close();
  server.close();
});

Deno.test("TCP channel shows both addresses", async () => {
  const [client, server] = await tcpPair();
  assertEquals(client.local, server.remote);
  assertEquals(server.local, client.remote);
  assertEquals(client.local.ip, "127.0.0.1");
  client.close();
  server.close();
});

Deno.test("close() rejects the pending read of a TCP channel at once", async () => {
  const [client, server] = await tcpPair();
  const pending = server.read();
  server.close();
  server.close();
  const error = await assertRejects(() => pending, SmtpError, "it is closed");
  assertEquals(error.kind, "connection");
  await assertRejects(() => server.write(octets("x")), SmtpError, "it is closed");
  client.close();
});

Deno.test("closeWrite() lets the peer answer after the end", async () => {
  const [client, server] = await tcpPair();
  await client.write(octets("QUIT\r\n"));
  await client.closeWrite();
  await client.closeWrite();
  assertEquals(await readAll(server), octets("QUIT\r\n"));
  await server.write(octets("221 bye\r\n"));
  assertEquals(await readText(client, 9), "221 bye\r\n");
  client.close();
  server.close();
});

Deno.test("write() rejects once the peer is gone for good", async () => {
  const [client, server] = await tcpPair();
  client.close();
  assertEquals(await server.read(), null);
  const error = await assertRejects(
    async () => {
      for (let i = 0; i < 10_000; i++) await server.write(noise(65_536));
    },
    SmtpError,
    "it was lost",
  );
  assertEquals(error.kind, "connection");
  server.close();
});

Deno.test("connectTcp() connects by name and by address", async () => {
  for (const host of ["localhost", "127.0.0.1"]) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const channel = await connectTcp({ host, port: portOf(listener), timeout: 10_000 });
    assertEquals(channel.remote, { ip: "127.0.0.1", port: portOf(listener) });
    assertEquals(channel.tls, null);
    channel.close();
    (await accepted).close();
  }
});

Deno.test("connectTcp() says that nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = portOf(listener);
  listener.close();
  const error = await assertRejects(
    () => connectTcp({ host: "127.0.0.1", port, timeout: 10_000 }),
    SmtpError,
    "refused",
  );
  assertEquals(error.kind, "connection");
  assertStringIncludes(error.message, `Cannot connect to "127.0.0.1", port ${port}: `);
});

Deno.test("connectTcp() says that a name is unknown", async () => {
  const error = await assertRejects(
    () => connectTcp({ host: "nowhere.invalid", port: 25, timeout: 60_000 }),
    SmtpError,
    '"nowhere.invalid"',
  );
  assertEquals(error.kind, "connection");
});

Deno.test("connectTcp() gives up when its time is over (P8)", async () => {
  using deaf = await deafListener();
  const error = await assertRejects(
    () => connectTcp({ host: "127.0.0.1", port: deaf.port, timeout: 30 }),
    SmtpError,
    "no answer within 30 ms",
  );
  assertEquals(error.kind, "timeout");
});

Deno.test("connectTcp() ends when the signal says so, before and while it tries", async () => {
  using deaf = await deafListener();
  const reason = new Error("changed my mind");
  const before = { host: "127.0.0.1", port: deaf.port, timeout: 60_000 };
  const early = await assertRejects(
    () => connectTcp({ ...before, signal: AbortSignal.abort(reason) }),
    SmtpError,
  );
  assertEquals([early.kind, early.cause], ["aborted", reason]);
  const controller = new AbortController();
  const attempt = connectTcp({ ...before, signal: controller.signal });
  const late = assertRejects(() => attempt, SmtpError);
  queueMicrotask(() => controller.abort(reason));
  assertEquals([(await late).kind, (await late).cause], ["aborted", reason]);
});

Deno.test({
  name: "connectTcp() leaves a missing permission what it is",
  permissions: { net: false },
  fn: async () => {
    await assertRejects(
      () => connectTcp({ host: "127.0.0.1", port: 25, timeout: 1_000 }),
      Deno.errors.NotCapable,
    );
  },
});
