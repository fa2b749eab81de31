import { assert, assertEquals } from "@std/assert";
import type { ViaFacts } from "../../session/handler/facts.ts";
import type { Channel } from "../../session/transport/channel.ts";
import type { ServerOptions } from "../../server/options.ts";
import { certificates } from "../helpers/certificates.ts";
import { connectTo, dialogue, play, serving } from "../helpers/dialogue.ts";
import { logging } from "../helpers/logs.ts";
import { octets, text } from "../helpers/split.ts";
import { EHLO, ehlo, GREETED, MESSAGE, QUIT } from "../helpers/transcripts.ts";

const LOCAL: ServerOptions = { trust: { proxy: ["127.0.0.0/8"] } };
const LINE = "C: PROXY TCP4 192.0.2.7 198.51.100.2 4096 25\n";
const V2_LOCAL = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
const V2 = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x13\xc0\0\x02\x08\xc6\x33\x64\x02\x10\0\0\x19" +
  "\x02\0\x04a.bc";

/** What handlers were told of the client. */
interface Seen {
  readonly event: string;
  readonly ip: string;
  readonly port: number;
  readonly via: ViaFacts | null;
}

/** The options, with handlers that note what they are told. */
function noting(seen: Seen[], options: ServerOptions = LOCAL): ServerOptions {
  const note = ({ event, ip, port, via }: Seen): void => void seen.push({ event, ip, port, via });
  return {
    ...options,
    onConnect: note,
    onDisconnect: note,
    onReceive(session): void {
      note(session);
      session.received = true;
    },
  };
}

/** All that the server says until it ends. */
async function rest(channel: Channel): Promise<string> {
  let said = "";
  try {
    for (let chunk = await channel.read(); chunk !== null; chunk = await channel.read()) {
      said += text(chunk);
    }
  } catch {
    // It is closed while octets of ours are unread.
  }
  channel.close();
  return said;
}

Deno.test("handlers see the client that a PROXY header names, and the proxy in session.via (PROXY 2.1, S53)", async () => {
  const seen: Seen[] = [];
  await dialogue(noting(seen), LINE + EHLO + MESSAGE + QUIT);
  assertEquals(seen.map(({ event }) => event), ["onConnect", "onReceive", "onDisconnect"]);
  for (const { ip, port, via } of seen) {
    assertEquals([ip, port], ["192.0.2.7", 4096]);
    assert(via?.proxy);
    assertEquals([via.xclient, via.xforward], [null, null]);
    const { version, remote, local, tlvs } = via.proxy;
    assertEquals([version, remote.ip, local, tlvs], [1, "127.0.0.1", {
      ip: "198.51.100.2",
      port: 25,
    }, []]);
  }
});

Deno.test("a PROXY header of version 2 gives its items to handlers (PROXY 2.2.2, S54)", async () => {
  const seen: Seen[] = [];
  await serving(noting(seen), async (server) => {
    const channel = await connectTo(server);
    await channel.write(octets(V2));
    await play(channel, GREETED + QUIT);
  });
  assertEquals(seen[0].ip, "192.0.2.8");
  assertEquals(seen[0].via?.proxy?.tlvs, [{ type: 2, value: btoa("a.bc") }]);
});

Deno.test("LOCAL and UNKNOWN keep the address of the proxy itself (PROXY 2.1, 2.2, S53, S54)", async () => {
  for (const header of ["PROXY UNKNOWN\r\n", V2_LOCAL]) {
    const seen: Seen[] = [];
    await serving(noting(seen), async (server) => {
      const channel = await connectTo(server);
      const { port } = channel.local;
      await channel.write(octets(header));
      await play(channel, GREETED + QUIT);
      assertEquals([seen[0].ip, seen[0].port], ["127.0.0.1", port]);
    });
    assertEquals(seen[0].via?.proxy?.local, null);
  }
});

Deno.test("a PROXY header may come in pieces, and together with what follows (PROXY 2.1, S55)", async () => {
  await serving(LOCAL, async (server) => {
    const slow = await connectTo(server);
    for (const octet of octets("PROXY TCP4 192.0.2.7 198.51.100.2 4096 25\r\n")) {
      await slow.write(Uint8Array.of(octet));
    }
    await play(slow, GREETED + QUIT);
    await play(await connectTo(server), `${LINE}C: QUIT\n${GREETED}S: 221 2.0.0 Bye\n== end`);
  });
});

Deno.test("a trusted proxy without a right header is closed without a banner or onConnect (PROXY 2.1, S55, S82)", async () => {
  const seen: Seen[] = [];
  await serving(noting(seen), async (server) => {
    const wrong = [
      "EHLO client.test\r\n",
      "PROXY TCP4 192.0.2.7 198.51.100.2 4096 99999\r\n",
      `PROXY UNKNOWN ${"x".repeat(200)}\r\n`,
      "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff",
      "GET / HTTP/1.1\r\n\r\n",
    ];
    for (const octetsSaid of wrong) {
      const channel = await connectTo(server);
      await channel.write(octets(octetsSaid));
      assertEquals(await rest(channel), "", octetsSaid);
    }
    const silent = await connectTo(server);
    await silent.closeWrite();
    assertEquals(await rest(silent), "");
    await play(await connectTo(server), LINE + GREETED + QUIT);
  });
  assertEquals(seen.map(({ event }) => event), ["onConnect", "onDisconnect"]);
});

Deno.test("a proxy that is gone before its header leaves the server well (S82)", async () => {
  await serving(LOCAL, async (server) => {
    for (const said of ["", "PROXY TCP4 192"]) {
      const channel = await connectTo(server);
      await channel.write(octets(said));
      channel.close();
    }
    await play(await connectTo(server), LINE + GREETED + QUIT);
  });
});

Deno.test("a PROXY header that does not come in time ends the connection without a banner (PROXY 2.1, S55)", async () => {
  await serving({ ...LOCAL, timeouts: { proxyHeader: 50 } }, async (server) => {
    const [silent, slow] = [await connectTo(server), await connectTo(server)];
    await slow.write(octets("PROXY TCP4 192.0.2.7 "));
    assertEquals([await rest(silent), await rest(slow)], ["", ""]);
  });
});

Deno.test("exactly one PROXY header is taken: a second is an unknown command (PROXY 2.1, S82)", async () => {
  const second = "S: 500 5.5.1 Unknown command\n";
  await dialogue(LOCAL, LINE + GREETED + LINE + second + QUIT);
});

Deno.test("a peer outside of trust.proxy that sends a PROXY header gets ordinary SMTP (PROXY 5)", async () => {
  const unknown = "S: 500 5.5.1 Unknown command\n";
  const seen: Seen[] = [];
  const elsewhere = noting(seen, { trust: { proxy: ["192.0.2.0/24", "::1"] } });
  await dialogue(elsewhere, GREETED + LINE + unknown + QUIT);
  await dialogue({}, GREETED + LINE + unknown + QUIT);
  assertEquals([seen[0].ip, seen[0].via], ["127.0.0.1", null]);
});

Deno.test("implicit TLS and STARTTLS come behind a PROXY header (PROXY 2, S82)", async () => {
  const { server: { cert, key } } = await certificates();
  const tls = { cert, key };
  await serving(noting([], { ...LOCAL, tls: { ...tls, implicit: true } }), async (server) => {
    const channel = await connectTo(server);
    await channel.write(octets("PROXY TCP4 192.0.2.7 198.51.100.2 4096 25\r\n"));
    await play(channel, GREETED + QUIT, { implicit: true });
  });
  const seen: Seen[] = [];
  await dialogue(
    noting(seen, { ...LOCAL, tls }),
    `${LINE}${GREETED}${
      ehlo({ startTls: true })
    }C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n${
      ehlo({ secure: true })
    }${MESSAGE}${QUIT}`,
  );
  assertEquals([seen[1].event, seen[1].ip, seen[1].via?.proxy?.version], [
    "onReceive",
    "192.0.2.7",
    1,
  ]);
});

Deno.test("connections are counted by the client's address, not by the proxy's (PROXY 5)", async () => {
  const tooMany = "S: 421 4.7.0 Too many connections from your address, try again later\n== end";
  await serving({ ...LOCAL, limits: { connectionsPerIp: 1 } }, async (server) => {
    const [first, other] = [await connectTo(server), await connectTo(server)];
    const line = "PROXY TCP4 192.0.2.7 198.51.100.2 1 25\r\n";
    await first.write(octets(line));
    assertEquals(text(await first.read() ?? octets("")), "220 mx.test ESMTP\r\n");
    await other.write(octets(line.replace(".7", ".9")));
    assertEquals(text(await other.read() ?? octets("")), "220 mx.test ESMTP\r\n");
    await play(await connectTo(server), LINE + tooMany);
    await play(first, QUIT);
    await play(other, QUIT);
  });
});

Deno.test("stop() closes connections whose PROXY header is waited for, and no more than maxConnections wait (S55)", async () => {
  await serving({ ...LOCAL, maxConnections: 2 }, async (server) => {
    const waiting = [await connectTo(server), await connectTo(server)];
    await waiting[1].write(octets("PROXY"));
    // The third is accepted after the first two. A right header does not help it.
    const third = await connectTo(server);
    await third.write(octets("PROXY UNKNOWN\r\nQUIT\r\n")).catch(() => {});
    assertEquals(await rest(third), "");
    const ends = waiting.map(rest);
    await server.stop();
    assertEquals(await Promise.all(ends), ["", ""]);
    await server.start();
  });
});

Deno.test("a trusted proxy without a right header is worth a warning that says what is wrong (PROXY 2.1)", async () => {
  await logging(async (records) => {
    await serving({ ...LOCAL, timeouts: { proxyHeader: 50 } }, async (server) => {
      for (const said of ["EHLO client.test\r\n", "PROXY"]) {
        const channel = await connectTo(server);
        await channel.write(octets(said));
        await rest(channel);
      }
    });
    const warnings = records.filter(({ level }) => level === "warning").map(({ text }) => text);
    const why = ["its beginning is wrong", "none has come in time"];
    assertEquals(
      warnings.filter((text) => text.startsWith("Connection")),
      why.map((one) => `Connection 0 from 127.0.0.1: Cannot read a PROXY header: ${one}`),
    );
  });
});
