import { assert, assertEquals } from "@std/assert";
import { connectTo, play, serving } from "../../helpers/dialogue.ts";
import { DATA, ehlo, GREETED, MAIL, QUIT, RCPT } from "../../helpers/transcripts.ts";
import { octets } from "../../helpers/split.ts";
import { rest } from "./clients.ts";

const OFFERED = ehlo().replace(
  "S: 250 HELP",
  "S: 250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT\n" +
    "S: 250-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\nS: 250 HELP",
);
const PROXY = "C: PROXY TCP4 192.0.2.7 198.51.100.1 4096 25\n";
const SEND = `${MAIL}${RCPT}${DATA}C: Subject: x\nC:\nC: y\nC: .\nS: 250 2.0.0 Message accepted\n`;

Deno.test("threads: PROXY, XCLIENT, XFORWARD and Received work in each (PROXY 2.1, #68)", async () => {
  const seen: string[] = [];
  await serving({
    threads: 2,
    addReceived: true,
    trust: { proxy: ["127.0.0.1"], xclient: ["192.0.2.7"], xforward: ["192.0.2.0/24"] },
    onReceive: (session) => {
      const { ip, via, msg } = session;
      seen.push([ip, via?.proxy?.remote.ip, via?.xforward?.IDENT, msg.slice(0, 48)].join(" "));
      session.received = true;
    },
  }, async (server) => {
    const transcript = `${PROXY}${GREETED}${OFFERED}C: XFORWARD IDENT=4ABC\nS: 250 2.0.0 OK\n${SEND}
      C: XCLIENT ADDR=192.0.2.9
      ${GREETED}${OFFERED}${SEND}${QUIT}`;
    await Promise.all(
      Array.from({ length: 20 }, async () => await play(await connectTo(server), transcript)),
    );
  });
  assertEquals(seen.length, 40);
  assertEquals(
    new Set(seen),
    new Set([
      "192.0.2.7 127.0.0.1 4ABC Received: from client.test ([192.0.2.7]) by mx.t",
      "192.0.2.9 127.0.0.1  Received: from client.test ([192.0.2.9]) by mx.t",
    ]),
  );
});

Deno.test("threads: connections are counted by the client that a proxy names, and stop() ends those that wait (S55)", async () => {
  await serving({
    threads: 2,
    trust: { proxy: ["127.0.0.1"] },
    limits: { connectionsPerIp: 1 },
  }, async (server) => {
    const [first, waiting] = [await connectTo(server), await connectTo(server)];
    await first.write(octets("PROXY TCP4 192.0.2.7 198.51.100.1 1 25\r\n"));
    assert(await first.read() !== null);
    const refused = "S: 421 4.7.0 Too many connections from your address, try again later\n== end";
    await play(await connectTo(server), PROXY + refused);
    const ended = rest(waiting);
    await play(first, QUIT);
    await server.stop();
    assertEquals(await ended, "");
    await server.start();
  });
});
