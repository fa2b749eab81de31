/** Swaks, as a proxy and as a mail server in between, sends to our server. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ServerOptions } from "@infinity/smtp/server";
import type { ViaFacts } from "../../session/handler/facts.ts";
import { findProgram, programTest, type Ran, run } from "../helpers/programs.ts";
import { recorder } from "./_server.ts";

const swaks = findProgram("swaks");

/** What the server saw of the client, and of the message. */
interface Seen {
  readonly ip: string;
  readonly port: number;
  readonly hello: string | null;
  readonly username: string | null;
  readonly via: ViaFacts | null;
  readonly msg: string;
}

async function send(options: ServerOptions, ...args: string[]): Promise<[Ran, Seen[]]> {
  const seen: Seen[] = [];
  await using server = await recorder({
    ...options,
    onReceive(session): void {
      const { ip, port, hello, username, via, msg } = session;
      seen.push({ ip, port, hello, username, via, msg });
      session.received = true;
    },
  });
  const ran = await run(swaks, [
    ...["--server", "127.0.0.1", "--port", String(server.port), "--ehlo", "client.test"],
    ...["--from", "ada@example.org", "--to", "bob@example.org", "--suppress-data"],
    ...["--tls-ca-path", server.caFile, ...args],
  ]);
  assertEquals(server.faults, []);
  return [ran, seen];
}

const PROXIED = [
  ...["--proxy-source", "192.0.2.7", "--proxy-source-port", "4096"],
  ...["--proxy-dest", "198.51.100.1", "--proxy-dest-port", "25"],
];

for (const [version, family] of [["1", "TCP4"], ["2", "AF_INET"]]) {
  for (const tls of [[], ["--tls"], ["--tls-on-connect"]]) {
    const name = `swaks sends a PROXY header of version ${version} to our server ${
      tls.join("")
    } (PROXY 2.${version}, S5${Number(version) + 2})`;
    programTest(name, [swaks], async () => {
      const implicit = tls[0] === "--tls-on-connect";
      const [{ code, output }, [seen]] = await send(
        { trust: { proxy: ["127.0.0.1"] }, ...(implicit ? { tls: { implicit } } : {}) },
        ...["--proxy-version", version, "--proxy-family", family, ...PROXIED, ...tls],
      );
      assertEquals(code, 0, output);
      assertEquals([seen.ip, seen.port], ["192.0.2.7", 4096]);
      assertEquals(seen.via?.proxy?.version, Number(version));
      assertEquals(seen.via?.proxy?.local, { ip: "198.51.100.1", port: 25 });
    });
  }
}

programTest(
  "swaks without a PROXY header is not greeted by our server (PROXY 2.1, S55)",
  [swaks],
  async () => {
    const [{ code, output }, seen] = await send({
      trust: { proxy: ["127.0.0.1"] },
      timeouts: { proxyHeader: 100 },
    });
    assertEquals([code === 0, seen.length, output.includes("220")], [false, 0, false], output);
  },
);

programTest("swaks speaks by XCLIENT for another client (XCLIENT)", [swaks], async () => {
  const [{ code, output }, [seen]] = await send(
    { trust: { xclient: ["127.0.0.1"] }, addReceived: true },
    ...["--xclient-addr", "IPV6:2001:db8::7", "--xclient-name", "mail.client.example"],
    ...[
      "--xclient-helo",
      "hello.example",
      "--xclient-login",
      "ada@example.org",
      "--xclient-port",
      "4096",
    ],
    "--tls",
  );
  assertEquals(code, 0, output);
  assertEquals([seen.ip, seen.port, seen.hello, seen.username], [
    ...["2001:db8::7", 4096, "hello.example", "ada@example.org"],
  ]);
  assertStringIncludes(
    seen.msg.replaceAll("\r\n ", " "),
    "Received: from hello.example (mail.client.example [IPv6:2001:db8::7]) by mail.test with ESMTPSA (TLS",
  );
});

programTest(
  "swaks may not speak by XCLIENT where it is not trusted (XCLIENT)",
  [swaks],
  async () => {
    const [{ code, output }, seen] = await send({}, "--xclient", "ADDR=192.0.2.7");
    assertEquals([code === 0, seen.length], [false, 0], output);
    const [forced] = await send({}, "--xclient-addr", "192.0.2.7", "--xclient-no-verify");
    assertEquals(forced.code === 0, false, forced.output);
  },
);
