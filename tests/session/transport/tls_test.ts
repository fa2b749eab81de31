import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import type { Channel } from "../../../session/transport/channel.ts";
import { channelPair } from "../../../session/transport/memory.ts";
import {
  createServerContext,
  upgradeClient,
  upgradeServer,
} from "../../../session/transport/tls.ts";
import { certificates } from "../../helpers/certificates.ts";
import {
  clientOptions,
  Counted,
  handshakes,
  noise,
  octets,
  PAIRS,
  readAll,
  readText,
  released,
  serverOptions,
  tcpPair,
  tlsPair,
} from "./_channels.ts";

const SIZE = 16 * 1024 * 1024;

async function send(channel: Channel, bytes: Uint8Array, piece: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += piece) {
    await channel.write(bytes.subarray(at, at + piece));
  }
  await channel.closeWrite();
}

for (const [name, pair] of PAIRS) {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    Deno.test(`TLS over ${name}, ${version}, carries 16 MiB both ways at once, to the octet`, async () => {
      const server = await serverOptions({ minVersion: version, maxVersion: version });
      const [a, b] = await tlsPair(await pair(), server, await clientOptions());
      a.bulk = true;
      b.bulk = true;
      const bytes = noise(SIZE);
      const [atServer, atClient] = await Promise.all([
        readAll(b),
        readAll(a),
        send(a, bytes, 1_000_003), // larger than the engine's own buffer
        send(b, bytes, 8_191),
      ]);
      assertEquals([atServer.length, atClient.length], [SIZE, SIZE]);
      assert(bytes.every((octet, i) => atServer[i] === octet && atClient[i] === octet));
      assertEquals(a.tls?.protocol, version);
      a.close();
      b.close();
      assert(released(a) && released(b));
    });
  }
}

Deno.test("TLS carries a dialogue line by line while idle", async () => {
  const [a, b] = await tlsPair(await tcpPair(), await serverOptions(), await clientOptions());
  for (let i = 0; i < 200; i++) {
    const line = `NOOP ${i}\r\n`;
    await a.write(octets(line));
    assertEquals(await readText(b, line.length), line);
    await b.write(octets("250 ok\r\n"));
    assertEquals(await readText(a, 8), "250 ok\r\n");
  }
  a.close();
  b.close();
});

Deno.test("TLS facts say what the handshake has agreed on", async () => {
  const [a, b] = await tlsPair(await tcpPair(), await serverOptions(), await clientOptions());
  const { server } = await certificates();
  assertEquals(b.tls, {
    protocol: "TLSv1.3",
    cipher: a.tls?.cipher ?? "",
    servername: "mail.test",
    alpn: null,
    authorized: false,
    authorizationError: null,
    peerCertificate: null,
    serverEndPoint: a.tls?.serverEndPoint ?? null,
  });
  assertEquals([a.tls?.authorized, a.tls?.authorizationError], [true, null]);
  const shown = a.tls?.peerCertificate;
  assertEquals([shown?.subject, shown?.issuer], ["CN=mail.test", "CN=Test CA"]);
  assertStringIncludes(shown?.subjectAltName ?? "", "DNS:mail.test");
  assertEquals(shown?.fingerprint256.length, 95);
  const der = Uint8Array.fromBase64(server.cert.split("-----")[2].replaceAll("\n", ""));
  assertEquals(shown?.raw, der);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  assertEquals(a.tls?.serverEndPoint, sha256);
  assert((a.tls?.cipher ?? "").startsWith("TLS_AES_"));
  assertEquals(a.remote, b.local);
  a.close();
  b.close();
});

for (const bulk of [false, true]) {
  Deno.test(`TLS ${bulk ? "in bulk" : "idle"} takes no more from a fast peer than a slow reader has room for`, async () => {
    const [x, y] = await tcpPair();
    const raw = new Counted(y);
    const [a, b] = await tlsPair([x, raw], await serverOptions(), await clientOptions());
    a.bulk = true;
    b.bulk = bulk;
    const bytes = noise(bulk ? 8 * 1024 * 1024 : 1024 * 1024);
    const sending = send(a, bytes, 65_536);
    let delivered = 0;
    let most = 0;
    const before = raw.taken;
    // The reader is slow in turns of the event loop, in which the engine could run ahead.
    for (let part = await b.read(); part !== null; part = await b.read()) {
      delivered += part.length;
      for (let turn = 0; turn < 3; turn++) await new Promise<void>((go) => setTimeout(go, 0));
      most = Math.max(most, raw.taken - before - delivered);
    }
    await sending;
    assertEquals(delivered, bytes.length);
    // One buffer of plaintext, one read from the channel, one unfinished record; 0.3 % are record headers.
    const overhead = Math.ceil(bytes.length / 16_384) * 22;
    assertLess(most, (bulk ? 2 * 65_536 : 2_048) + 2 * 16_640 + overhead);
    a.close();
    b.close();
  });
}

Deno.test("TLS write() waits until the channel below has taken all of it", async () => {
  const [x, y] = channelPair();
  const raw = new Counted(x);
  const [a, b] = await tlsPair([raw, y], await serverOptions(), await clientOptions());
  let written = 0;
  const sending = (async () => {
    for (let i = 0; i < 64; i++) {
      await a.write(new Uint8Array(32_768));
      written++;
    }
    await a.closeWrite();
  })();
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((go) => setTimeout(go, 0));
  // 64 KiB lie in the pipe, and up to two raw reads in the engine at the other end.
  assertLess(written, 8);
  b.bulk = true;
  assertEquals((await readAll(b)).length, 64 * 32_768);
  await sending;
  a.close();
  b.close();
});

Deno.test("STARTTLS: octets of the ClientHello that came with the command are not lost (A3)", async () => {
  const [x, y] = await tcpPair();
  const client = clientOptions().then((options) => upgradeClient(x, options));
  y.bulk = true;
  const first = (await y.read())?.slice() ?? new Uint8Array();
  assert(first.length > 100);
  const secure = upgradeServer(y, await serverOptions(), first);
  const [a, b] = await Promise.all([client, secure]);
  await a.write(octets("EHLO a\r\n"));
  assertEquals(await readText(b, 8), "EHLO a\r\n");
  a.close();
  b.close();
});

for (const size of [1, 5, 6, 100]) {
  Deno.test(`STARTTLS: ${size} octets of the ClientHello may come early, the rest one by one`, async () => {
    const [x, y] = channelPair();
    const client = clientOptions().then((options) => upgradeClient(x, options));
    const hello = (await y.read())?.slice() ?? new Uint8Array();
    const [feed, server] = channelPair();
    const secure = upgradeServer(server, await serverOptions(), hello.subarray(0, size));
    for (const octet of hello.subarray(size)) await feed.write(new Uint8Array([octet]));
    const relay = async (from: Channel, to: Channel): Promise<void> => {
      for (let part = await from.read(); part !== null; part = await from.read()) {
        await to.write(part);
      }
    };
    const relays = [relay(feed, y), relay(y, feed)].map((done) => done.catch(() => {}));
    const [a, b] = await Promise.all([client, secure]);
    await b.write(octets("220 ok\r\n"));
    assertEquals(await readText(a, 8), "220 ok\r\n");
    for (const channel of [a, b, y, feed]) channel.close();
    await Promise.all(relays);
  });
}

Deno.test("STARTTLS: plaintext slipped in before the handshake makes it fail, and is never read (P13, C01)", async () => {
  const [x, y] = await tcpPair();
  const raw = new Counted(x);
  let injected = false;
  raw.onRead = (bytes) => {
    if (injected || bytes === null) return bytes;
    injected = true;
    return new Uint8Array([...octets("250 AUTH PLAIN\r\n"), ...bytes]);
  };
  const [client, server] = await handshakes([raw, y], await serverOptions(), await clientOptions());
  assert(client instanceof SmtpError && client.kind === "tls", String(client));
  assert(server instanceof SmtpError, String(server));
});

Deno.test("close_notify is the end, and the other direction goes on", async () => {
  const [a, b] = await tlsPair(await tcpPair(), await serverOptions(), await clientOptions());
  await a.write(octets("QUIT\r\n"));
  await a.closeWrite();
  await a.closeWrite();
  assertEquals(await readAll(b), octets("QUIT\r\n"));
  assertEquals(await b.read(), null);
  await b.write(octets("221 bye\r\n"));
  await b.closeWrite();
  assertEquals(await readAll(a), octets("221 bye\r\n"));
  await assertRejects(() => a.write(octets("x")), SmtpError, "our side has ended");
  a.close();
  b.close();
  assert(released(a) && released(b));
});

Deno.test("closeWrite() with a read pending, both ends at once", async () => {
  const [a, b] = await tlsPair(await tcpPair(), await serverOptions(), await clientOptions());
  const reads = [a.read(), b.read()];
  await Promise.all([a.closeWrite(), b.closeWrite()]);
  assertEquals(await Promise.all(reads), [null, null]);
  a.close();
  b.close();
});

for (const [name, pair] of PAIRS) {
  Deno.test(`an end without close_notify is no end, over ${name} (A3: truncation is an abort)`, async () => {
    const [x, y] = await pair();
    const [a, b] = await tlsPair([x, y], await serverOptions(), await clientOptions());
    await a.write(octets("half a mes"));
    await x.closeWrite();
    assertEquals(await readText(b, 10), "half a mes");
    const error = await assertRejects(() => b.read(), SmtpError, "close_notify");
    assertEquals(error.kind, "connection");
    await assertRejects(() => b.read(), SmtpError, "close_notify");
    await assertRejects(() => b.write(octets("x")), SmtpError, "close_notify");
    assert(released(b));
    a.close();
    b.close();
  });
}

Deno.test("close_notify and the end of TCP in one segment are a proper end", async () => {
  const [x, y] = channelPair();
  const [a, b] = await tlsPair([x, y], await serverOptions(), await clientOptions());
  await a.write(octets("bye"));
  await a.closeWrite();
  a.close();
  assertEquals(await readAll(b), octets("bye"));
  b.close();
});

Deno.test("a record that was tampered with ends the session", async () => {
  const [x, y] = await tcpPair();
  const raw = new Counted(y);
  const [a, b] = await tlsPair([x, raw], await serverOptions(), await clientOptions());
  raw.onRead = (bytes) => {
    if (bytes !== null) bytes[bytes.length - 1] ^= 1;
    return bytes;
  };
  await a.write(octets("MAIL FROM:<a@b.test>\r\n"));
  const error = await assertRejects(() => b.read(), SmtpError);
  assertEquals(error.kind, "tls");
  assert(raw.closed && released(b));
  a.close();
});

Deno.test("plaintext after the handshake ends the session", async () => {
  const [x, y] = await tcpPair();
  const [a, b] = await tlsPair([x, y], await serverOptions(), await clientOptions());
  await x.write(octets("MAIL FROM:<a@b.test>\r\n"));
  assertEquals((await assertRejects(() => b.read(), SmtpError)).kind, "tls");
  a.close();
});

Deno.test("close() rejects what is pending, and closes the channel below", async () => {
  const [x, y] = channelPair();
  const raw = new Counted(y);
  const [a, b] = await tlsPair([x, raw], await serverOptions(), await clientOptions());
  const read = assertRejects(() => b.read(), SmtpError, "it is closed");
  const sending = b.write(new Uint8Array(1_000_000));
  const write = assertRejects(() => sending, SmtpError, "it is closed");
  b.close();
  b.close();
  await Promise.all([read, write]);
  await assertRejects(() => b.write(octets("x")), SmtpError, "it is closed");
  await assertRejects(() => b.closeWrite(), SmtpError, "it is closed");
  assert(raw.closed && released(b));
  await assertRejects(() => a.read(), SmtpError);
  a.close();
});

Deno.test("the server's handshake has a deadline, for silence and for half a ClientHello (P8, A3)", async () => {
  for (const sent of [new Uint8Array(0), new Uint8Array([22, 3, 1, 2, 0, 1, 0])]) {
    const [x, y] = await tcpPair();
    const raw = new Counted(y);
    await x.write(sent);
    const options = await serverOptions({}, { handshakeTimeout: 20 });
    const error = await assertRejects(() => upgradeServer(raw, options), SmtpError, "20 ms");
    assertEquals(error.kind, "timeout");
    assert(raw.closed);
    assertEquals(await x.read(), null);
    x.close();
  }
});

Deno.test("the client's handshake has a deadline (P8, C14)", async () => {
  const [x, y] = await tcpPair();
  const raw = new Counted(x);
  const options = await clientOptions({ timeout: 20 });
  const error = await assertRejects(() => upgradeClient(raw, options), SmtpError, "20 ms");
  assertEquals(error.kind, "timeout");
  assert(raw.closed);
  y.close();
});

Deno.test("a ClientHello without end is refused before it has taken much (A3)", async () => {
  const [x, y] = await tcpPair();
  const raw = new Counted(y);
  raw.bulk = true;
  const record = new Uint8Array(5 + 16_384);
  record.set([22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff]);
  const flood = (async () => {
    for (let i = 0; i < 1_000; i++) {
      await x.write(record);
      record.fill(0, 5, 9);
    }
  })().catch(() => {});
  const options = await serverOptions();
  const error = await assertRejects(() => upgradeServer(raw, options), SmtpError);
  assertEquals(error.kind, "tls");
  assertLess(raw.taken, 4 * 65_536);
  x.close();
  await flood;
});

Deno.test("a server whose key does not fit fails each handshake, and hangs none", async () => {
  const { server, renewed } = await certificates();
  for (const context of [{ key: renewed.key }, { key: "" }, { cert: server.key }]) {
    const options = await serverOptions(context).catch((error) => error);
    if (options instanceof Error) continue;
    const outcomes = await handshakes(await tcpPair(), options, await clientOptions());
    for (const each of outcomes) assert(each instanceof SmtpError, String(each));
  }
});

Deno.test("garbage instead of a ClientHello is answered with an alert and a close (S50, A3)", async () => {
  for (const garbage of ["GET / HTTP/1.1\r\n\r\n", "EHLO there\r\n", "\0\0\0\0\0\0\0\0\0\0"]) {
    const [x, y] = await tcpPair();
    const raw = new Counted(y);
    await x.write(octets(garbage));
    const options = await serverOptions();
    const error = await assertRejects(
      () => upgradeServer(raw, options),
      SmtpError,
      "is not TLS",
    );
    assertEquals(error.kind, "tls");
    assert(raw.closed);
    assertEquals((await readAll(x)).subarray(0, 6), new Uint8Array([21, 3, 3, 0, 2, 2]));
    x.close();
  }
});

Deno.test("a peer that ends in the handshake makes it fail (S50)", async () => {
  const [x, y] = await tcpPair();
  await x.closeWrite();
  const options = await serverOptions();
  await assertRejects(() => upgradeServer(y, options), SmtpError, "closed the connection");
  x.close();
});

Deno.test("a plaintext server makes the client fail with words about the port (C06)", async () => {
  const [x, y] = await tcpPair();
  await y.write(octets("220 mail.test ESMTP\r\n"));
  const options = await clientOptions();
  const error = await assertRejects(() => upgradeClient(x, options), SmtpError, "check the port");
  assertEquals(error.kind, "tls");
  y.close();
});

Deno.test("version ranges: a common version is found, none is refused on both sides (#211)", async () => {
  const both = ["TLSv1.2", "TLSv1.3"] as const;
  for (const server of both) {
    for (const client of both) {
      const range = await serverOptions({ minVersion: server, maxVersion: server });
      const wanted = await clientOptions({ minVersion: client, maxVersion: client });
      const outcome = await handshakes(await tcpPair(), range, wanted);
      if (server === client) {
        assertEquals(outcome.map((each) => each instanceof SmtpError), [false, false]);
        continue;
      }
      for (const each of outcome) {
        assert(each instanceof SmtpError && each.kind === "tls", String(each));
        assertStringIncludes(each.message, "version");
      }
    }
  }
});

Deno.test("version ranges that hold nothing are refused at once", async () => {
  const { server } = await certificates();
  const range = { minVersion: "TLSv1.3", maxVersion: "TLSv1.2" } as const;
  let thrown: unknown = null;
  try {
    createServerContext({ ...server, ...range });
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof TypeError && thrown.message.includes('"minVersion"'));
  const [x, y] = channelPair();
  const options = await clientOptions(range);
  await assertRejects(() => upgradeClient(x, options), TypeError, '"minVersion"');
  x.close();
  y.close();
});

Deno.test("the signal ends the client's handshake, before and while it runs", async () => {
  const reason = new Error("enough");
  const [w, v] = await tcpPair();
  const early = new Counted(w);
  const before = await clientOptions({ signal: AbortSignal.abort(reason) });
  const first = await assertRejects(() => upgradeClient(early, before), SmtpError, "signal");
  assertEquals([first.kind, first.cause, early.closed], ["aborted", reason, true]);

  const controller = new AbortController();
  const [x, y] = await tcpPair();
  const raw = new Counted(x);
  const during = await clientOptions({ signal: controller.signal });
  const attempt = assertRejects(() => upgradeClient(raw, during), SmtpError, "signal");
  assert((await y.read()) !== null); // the ClientHello is out
  controller.abort(reason);
  const second = await attempt;
  assertEquals([second.kind, second.cause, raw.closed], ["aborted", reason, true]);
  v.close();
  y.close();
});

Deno.test("the signal no longer matters once the handshake is over", async () => {
  const controller = new AbortController();
  const client = await clientOptions({ signal: controller.signal });
  const [a, b] = await tlsPair(await tcpPair(), await serverOptions(), client);
  controller.abort();
  await a.write(octets("hello"));
  assertEquals(await readText(b, 5), "hello");
  a.close();
  b.close();
});

Deno.test("ALPN: a protocol in common is accepted, none is refused with an alert", async () => {
  const server = await serverOptions({}, { alpn: ["smtp"] });
  const [a, b] = await tlsPair(await tcpPair(), server, await clientOptions());
  assertEquals(a.tls?.protocol, "TLSv1.3");
  a.close();
  b.close();
});

Deno.test("nothing is left behind by a hundred handshakes that fail in every way", async () => {
  const server = await serverOptions();
  const client = await clientOptions();
  const raws: Counted[] = [];
  for (let i = 0; i < 100; i++) {
    const pair = await tcpPair();
    const counted = pair.map((channel) => new Counted(channel));
    raws.push(...counted);
    const [x, y] = counted;
    if (i % 4 === 0) x.onRead = () => null;
    if (i % 4 === 1) y.onRead = () => octets("garbage garbage garbage");
    if (i % 4 === 2) x.onRead = () => octets("220 plain\r\n");
    const wrong = i % 4 === 3 ? { ...client, servername: "wrong.test" } : client;
    const [first] = await handshakes([x, y], server, wrong);
    assert(first instanceof SmtpError, `${i}: ${first}`);
  }
  assertEquals(raws.filter((raw) => !raw.closed).length, 0);
});
