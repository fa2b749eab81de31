import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ClientOptions } from "../../client/mod.ts";
import { Client, EncryptMode, SendError } from "../../client/mod.ts";
import { assertRejects } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import type { ViaFacts } from "../../session/handler/facts.ts";
import { certificates } from "../helpers/certificates.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { serving } from "../helpers/dialogue.ts";

const SOURCE = { ip: "192.0.2.7", port: 4096 };

/** What the server saw of a message. */
interface Seen {
  readonly ip: string;
  readonly port: number;
  readonly hello: string | null;
  readonly username: string | null;
  readonly via: ViaFacts | null;
}

/** Sends one message to a server of ours for each of the calls, over one connection. */
async function send(
  server: ServerOptions,
  client: ClientOptions,
  calls: readonly (Readonly<Record<string, string>> | undefined)[] = [undefined],
): Promise<Seen[]> {
  const seen: Seen[] = [];
  const onReceive = ({ ip, port, hello, username, via }: Seen): void => {
    seen.push({ ip, port, hello, username, via });
  };
  await serving({
    ...server,
    onReceive(session): void {
      onReceive(session);
      session.received = true;
    },
  }, async ({ addr }) => {
    await using sender = plainClient(addr?.port ?? 0, client);
    await sender.connect();
    for (const xforward of calls) await sender.sendMail(MAIL, { xforward });
    await sender.disconnect();
  });
  return seen;
}

Deno.test("a client with the option proxy says whose connection it passes on (PROXY 2.1, 2.2, S53, S54)", async () => {
  const trust = { proxy: ["127.0.0.1"] };
  for (const version of [1, 2] as const) {
    const destination = { ip: "198.51.100.1", port: 25 };
    const [told] = await send({ trust }, { proxy: { version, source: SOURCE, destination } });
    assertEquals([told.ip, told.port], ["192.0.2.7", 4096]);
    assertEquals(told.via?.proxy?.version, version);
    assertEquals(told.via?.proxy?.local, destination);
    const [plain] = await send({ trust }, { proxy: { version, source: SOURCE } });
    assertEquals(plain.via?.proxy?.local?.ip, "127.0.0.1");
    const [six] = await send({ trust }, {
      proxy: { version, source: { ip: "2001:db8::7", port: 1 } },
    });
    assertEquals([six.ip, six.via?.proxy?.local?.ip], ["2001:db8::7", "::ffff:127.0.0.1"]);
  }
});

Deno.test("the PROXY header of a client comes before implicit TLS, and before STARTTLS (PROXY 2, S82)", async () => {
  const { server: { cert, key }, ca } = await certificates();
  const proxy = { version: 2, source: SOURCE } as const;
  for (
    const [implicit, encryptMode] of [[true, EncryptMode.implicitTls], [
      false,
      EncryptMode.startTls,
    ]] as const
  ) {
    const [told] = await send(
      { trust: { proxy: ["127.0.0.1"] }, tls: { cert, key, implicit } },
      { proxy, encryptMode, tls: { ca: ca.cert, servername: "mail.test" } },
    );
    assertEquals([told.ip, told.via?.proxy?.version], ["192.0.2.7", 2]);
  }
});

Deno.test("a client with the option xclient speaks for another client (XCLIENT)", async () => {
  const trust = { xclient: ["127.0.0.1"] };
  const xclient = {
    NAME: "mail.example",
    addr: "2001:db8::7",
    PORT: "4096",
    HELO: "hello.example",
    LOGIN: "ada@example.org",
  };
  const [told] = await send({ trust }, { xclient });
  assertEquals([told.ip, told.port, told.hello, told.username], [
    ...["2001:db8::7", 4096, "hello.example", "ada@example.org"],
  ]);
  const { addr, ...others } = xclient;
  assertEquals(told.via?.xclient, { ...others, ADDR: addr });
});

Deno.test("long attributes go in several XCLIENTs, none of them longer than a command may be (XCLIENT note 1)", async () => {
  const name = `${"n".repeat(60)}.`.repeat(4) + "example";
  const lines: string[] = [];
  const xclient = { HELO: name, LOGIN: "l".repeat(250), NAME: name, ADDR: "192.0.2.7" };
  const trace = ({ text }: { text: string }): void => void lines.push(text);
  const trust = { xclient: ["127.0.0.1"] };
  const [told] = await send({ trust }, {
    xclient: { HELO: name, NAME: name, ADDR: "192.0.2.7" },
    trace,
  });
  const said = lines.filter((text) => text.startsWith("XCLIENT"));
  assertEquals(said.length, 2);
  assert(said.every((line) => line.length <= 510), said.join("\n"));
  assertEquals([told.ip, told.hello, told.via?.xclient?.NAME], ["192.0.2.7", name, name]);
  // Three that do not fit two by two: HELO and LOGIN must still be in one, so the server is told what it can be.
  const [more] = await send({ trust }, { xclient });
  assertEquals(more.ip, "192.0.2.7");
});

Deno.test("a server without XCLIENT, or without an attribute, is an error of kind unsupported (XCLIENT)", async () => {
  await serving({}, async ({ addr }) => {
    await using client = plainClient(addr?.port ?? 0, { xclient: { ADDR: "192.0.2.7" } });
    const error = await assertSmtpError(
      () => client.connect(),
      "unsupported",
      "does not offer XCLIENT",
    );
    assertEquals([error.temporary, client.connected], [false, false]);
  });
});

Deno.test("a server that refuses the client that is spoken for is an error of kind reply (XCLIENT)", async () => {
  const options: ServerOptions = {
    trust: { xclient: ["127.0.0.1"] },
    onConnect: (session) => void (session.accept = session.ip !== "192.0.2.66"),
  };
  await serving(options, async ({ addr }) => {
    await using client = plainClient(addr?.port ?? 0, { xclient: { ADDR: "192.0.2.66" } });
    const error = await assertSmtpError(() => client.connect(), "reply");
    assertEquals(error.reply?.code, 554);
  });
});

Deno.test("the send option xforward tells where one message comes from (XFORWARD)", async () => {
  const forwarded = { NAME: "spike.example", ADDR: "2001:db8::9", IDENT: "4ABC", SOURCE: "REMOTE" };
  const seen = await send({ trust: { xforward: ["127.0.0.1"] } }, {}, [forwarded, undefined, {
    helo: "a",
  }]);
  assertEquals(seen.map(({ via }) => via?.xforward), [forwarded, undefined, { HELO: "a" }]);
  assertEquals(seen[0].ip, "127.0.0.1");
});

Deno.test("xforward to a server that does not offer it is an error of kind unsupported, and nothing is sent (XFORWARD)", async () => {
  await serving({}, async ({ addr }) => {
    await using client = plainClient(addr?.port ?? 0);
    await client.connect();
    const error = await assertRejects(
      () => client.sendMail(MAIL, { xforward: { NAME: "a" } }),
      SendError,
      "does not offer XFORWARD",
    );
    assertEquals([error.kind, error.outcome, client.connected], ["unsupported", "not sent", true]);
    await client.sendMail(MAIL);
    await client.disconnect();
  });
});

Deno.test("the options proxy, xclient and xforward are checked before anything is sent", async () => {
  const wrong: ReadonlyArray<[unknown, string]> = [
    [{ proxy: { version: 3, source: SOURCE } }, '"proxy.version"'],
    [{ proxy: { version: 1 } }, '"proxy.source"'],
    [{ proxy: { version: 1, source: { ip: "a\r\nb", port: 1 } } }, '"proxy.source.ip"'],
    [{ proxy: { version: 1, source: { ip: "mail.example", port: 1 } } }, '"proxy.source.ip"'],
    [{ proxy: { version: 1, source: { ip: "192.0.2.1", port: "1" } } }, '"proxy.source.port"'],
    [{ proxy: { version: 1, source: SOURCE, other: 1 } }, '"proxy"'],
    [{ xclient: { ADDR: "x" } }, '"xclient.ADDR"'],
    [{ xclient: { NAME: "a\r\nMAIL FROM:<>" } }, '"xclient.NAME"'],
    [{ xclient: { FOO: "x" } }, '"xclient"'],
    [{ xclient: { LOGIN: "" } }, '"xclient.LOGIN"'],
    [{ xclient: "ADDR" }, '"xclient"'],
  ];
  for (const [options, name] of wrong) {
    assertThrows(() => new Client(options as ClientOptions), TypeError, name);
  }
  assertThrows(
    () => new Client({ proxy: { version: 1, source: { ip: "::1", port: 65536 } } }),
    RangeError,
  );
  await serving({ trust: { xforward: ["127.0.0.1"] } }, async ({ addr }) => {
    await using client = plainClient(addr?.port ?? 0);
    await client.connect();
    const told: Record<string, string>[] = [{ SOURCE: "here" }, { IDENT: "a\nb" }, { FOO: "x" }];
    for (const xforward of told) {
      await assertRejects(() => client.sendMail(MAIL, { xforward }), TypeError, '"xforward');
    }
    await client.disconnect();
  });
});
